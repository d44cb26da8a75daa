import { frrVersion } from '@meshrs/contract';
import { EngineFailure } from '../engine/engine-failure.ts';

/** Reads an answer that is one JSON object. Throws EngineFailure `answer-not-understood`. */
export function readObject(operation: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw notUnderstood(operation, `it is not JSON: ${quoted(text, 200)}`, cause);
  }
  if (!isObject(value)) throw notUnderstood(operation, `it is no JSON object: ${quoted(text, 200)}`);
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Somebody else's text: bounded, and without what a terminal or a log would take for its own. */
export function quoted(text: string | undefined, length = 60): string {
  return JSON.stringify((text ?? 'nothing').slice(0, length));
}

export function notUnderstood(operation: string, why: string, cause?: unknown): EngineFailure {
  return new EngineFailure(
    `The answer to "${operation}" is not understood: ${why}. The agent was tried with FRR ${frrVersion}; which version runs?`,
    { code: 'answer-not-understood', engine: 'frr', operation, retryable: false, cause },
  );
}

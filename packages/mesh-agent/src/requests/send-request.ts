import net from 'node:net';
import { AgentFailure, systemCode } from '../failure.ts';
import type { z } from 'zod';
import { responseSchema, type AgentRequest, type AgentResponse } from './protocol.ts';

/** Longer than the sidecar takes for an answer, with an engine that is silent. */
const patienceMs = 10_000;

/** Asks for what `mesh-agent evictions` shows. Throws as `askSidecar` does. */
export function sendRequest(socket: string, request: AgentRequest): Promise<AgentResponse> {
  return askSidecar(socket, request, responseSchema);
}

/**
 * Asks the sidecar of this pod.
 * @throws AgentFailure `agent-not-running`, `no-answer-in-time`, `agent-answer-not-understood`
 */
export async function askSidecar<T>(
  socket: string,
  request: { readonly kind: string },
  answer: z.ZodType<T>,
  waitMs = patienceMs,
): Promise<T> {
  const text = await new Promise<string>((resolve, reject) => {
    let said = '';
    const connection = net.connect(socket, () => {
      connection.write(`${JSON.stringify(request)}\n`);
    });
    connection.setEncoding('utf8');
    connection.setTimeout(waitMs, () => {
      reject(noAnswer(request.kind));
      connection.destroy();
    });
    connection.on('data', (piece: string) => {
      said += piece;
    });
    connection.on('end', () => {
      connection.end();
      resolve(said);
    });
    connection.on('error', (cause) => {
      reject(
        new AgentFailure(
          `The sidecar does not answer at ${socket} (${systemCode(cause) || cause.message}). Run this in the container where "mesh-agent sidecar" runs.`,
          { code: 'agent-not-running', operation: request.kind, retryable: true, cause },
        ),
      );
    });
  });
  if (text === '') throw noAnswer(request.kind);
  const response = answer.safeParse(parse(text));
  if (response.success) return response.data;
  throw new AgentFailure(`The sidecar gave an answer that is not understood: ${JSON.stringify(text.slice(0, 120))}.`, {
    code: 'agent-answer-not-understood',
    operation: request.kind,
    retryable: false,
    cause: response.error,
  });
}

function noAnswer(operation: string): AgentFailure {
  return new AgentFailure('The agent gave no answer in time; does the engine answer? See engine in /status.', {
    code: 'no-answer-in-time',
    operation,
    retryable: true,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller reports the text itself.
    return undefined;
  }
}

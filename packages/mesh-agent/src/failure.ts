import type { FailureDescription } from '@meshrs/contract';

/** What a refusing world does to the agent, apart from the engine (`EngineFailure`). */
export type AgentFailureCode =
  | 'api-unreachable'
  | 'api-timeout'
  | 'api-unauthorized'
  | 'api-forbidden'
  | 'api-not-found'
  | 'api-gone'
  | 'api-refused'
  | 'api-answer-not-understood'
  | 'api-answer-too-large'
  | 'api-access-missing'
  | 'dns-name-not-found'
  | 'dns-timeout'
  | 'dns-server-failed'
  | 'dns-refused'
  | 'dns-answer-not-understood'
  | 'dns-not-configured'
  | 'file-not-readable'
  | 'file-not-written'
  | 'fleet-refused'
  | 'folder-not-found'
  | 'address-not-available'
  | 'agent-not-running'
  | 'agent-answer-not-understood'
  | 'drain-asked-again'
  | 'drain-incomplete'
  | 'drain-not-answered'
  | 'drain-refused'
  | 'drain-taken-back'
  | 'engine-not-supported'
  | 'no-answer-in-time'
  | 'router-id-missing'
  | 'undrain-not-answered';

/**
 * The file system, a name server, the Kubernetes API or the sidecar refuses. Not the class of the command line: a log and a
 * retry read it, no person at a terminal (docs/decisions/0017).
 */
export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';
  readonly code: AgentFailureCode;
  /** What was being done, for a log. */
  readonly operation: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(
    message: string,
    facts: {
      readonly code: AgentFailureCode;
      readonly operation: string;
      readonly retryable: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.operation = facts.operation;
    this.retryable = facts.retryable;
  }
}

/** A message may repeat what a daemon, a server or a file said. */
const longestText = 2000;

/** Describes anything that was thrown; what is not one of our failures gets the code `unexpected`. */
export function describeFailure(thrown: unknown): FailureDescription {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const facts: object = typeof thrown === 'object' && thrown !== null ? thrown : {};
  const isOurs = 'operation' in facts && typeof facts.operation === 'string';
  return {
    code: isOurs && 'code' in facts ? String(facts.code) : 'unexpected',
    operation: isOurs ? ended(String(facts.operation)) : 'unknown',
    message: ended(message),
    retryable: 'retryable' in facts && facts.retryable === true,
    causes: causesOf(thrown),
  };
}

/** The code of an error of the operating system (`ENOENT`) or of a library, "" where there is none. */
export function systemCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

function ended(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text;
}

function causesOf(thrown: unknown): readonly string[] {
  const causes: string[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  while (cause !== undefined && causes.length < 8) {
    causes.push(ended(cause instanceof Error ? cause.message || systemCode(cause) : JSON.stringify(cause)));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

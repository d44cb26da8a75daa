import type { Engine } from '@meshrs/contract';

export type EngineFailureCode =
  /** The daemon does not answer at its socket. */
  | 'engine-unreachable'
  /** The connection ended while a command was under way; whether it was carried out is not known. */
  | 'engine-lost'
  /** No answer within the deadline. */
  | 'engine-timeout'
  /** The daemon refused a command; the change that it belongs to has been undone. */
  | 'command-rejected'
  /** The daemon refused a command, and one that was to undo it; connect again and apply. */
  | 'undo-rejected'
  /** The answer is longer than the agent can hold; the connection was closed. */
  | 'answer-too-large'
  /** The daemon sent what nobody asked for: whose answer comes next is not known, and the connection was closed. */
  | 'answer-not-asked-for'
  /** The answer is not what this version of the agent understands. */
  | 'answer-not-understood'
  /** The engine's configuration file could not be written; what runs is right all the same. */
  | 'config-not-written'
  /** The connection on which the daemon tells of sessions that come and go could not be made; they are asked for then. */
  | 'events-not-available'
  /** A name in the intent is no word to the engine; readers of settings refuse such names with an issue. */
  | 'intent-not-renderable'
  /** The caller's signal aborted. */
  | 'aborted';

/** The daemon, or the file system around it, refuses. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly code: EngineFailureCode;
  readonly engine: Engine;
  /** What was being done, for a log: a method of `MeshEngine`, and the command where there is one. */
  readonly operation: string;
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean;

  constructor(
    message: string,
    facts: {
      readonly code: EngineFailureCode;
      readonly engine: Engine;
      readonly operation: string;
      readonly retryable: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.engine = facts.engine;
    this.operation = facts.operation;
    this.retryable = facts.retryable;
  }
}

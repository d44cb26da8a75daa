import { Failure } from './failure.ts';

/** Why a tool cannot be had; the codes are the ones that callers tell apart. */
export type ToolFailureCode =
  | 'unknown-tool'
  | 'tool-missing'
  | 'go-missing'
  | 'go-too-old'
  | 'build-failed'
  | 'wrong-version'
  | 'command-failed'
  | 'not-root'
  | 'no-apt'
  | 'package-install-failed'
  | 'frr-unavailable'
  | 'schema-source-changed'
  | 'interrupted';

/** A failure with one of the tools' codes; it is the same class as everybody's. */
export const ToolFailure = Failure<ToolFailureCode>;
export type ToolFailure = Failure<ToolFailureCode>;

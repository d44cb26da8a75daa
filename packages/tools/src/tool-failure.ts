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

/** A world that refuses: the message says where, what, the value seen, what is allowed and what to do next. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';
  readonly code: ToolFailureCode;

  constructor(code: ToolFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

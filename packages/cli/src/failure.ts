/** The world refused what a command needed; `next` tells a person what to do about it. */
export class Failure extends Error {
  readonly code: string;
  readonly next: string;

  constructor(options: { code: string; message: string; next: string; cause?: unknown }) {
    super(options.message, { cause: options.cause });
    this.name = 'Failure';
    this.code = options.code;
    this.next = options.next;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The world refused what was wanted: one class for the tools, the command line and the lab. It stands here because the
 * tools run before the packages are there, so that this folder may import nothing and everybody may import it.
 */
export class Failure<Code extends string = string> extends Error {
  override readonly name = 'Failure';
  /** What callers and tests tell apart. */
  readonly code: Code;
  /** Tells a person what to do about it. */
  readonly next: string;

  constructor(facts: {
    readonly code: Code;
    readonly message: string;
    readonly next: string;
    readonly cause?: unknown;
  }) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.next = facts.next;
  }
}

/** Tells a failure from a fault of the program, whose code no type can know at run time. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Failure;
}

/** What a person reads of a failure: who says it, what happened, and what to do. */
export function formatFailure(program: string, { message, next }: Pick<Failure, 'message' | 'next'>): string {
  return `${program}: ${message}\n  do:      ${next}\n`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of the operating system (`ENOENT`), "" where there is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What of the world refused; the codes are the ones that callers and tests tell apart. */
export type LabFailureCode =
  | 'not-linux'
  | 'not-root'
  | 'bad-lab-name'
  | 'unknown-topology'
  | 'topology-unfit'
  | 'tool-missing'
  | 'not-enough-memory'
  | 'not-enough-disk'
  | 'no-cgroups'
  | 'lab-exists'
  | 'lab-busy'
  | 'lab-half-dead'
  | 'lab-not-up'
  | 'no-such-part'
  | 'stale-tree'
  | 'image-missing'
  | 'command-failed'
  | 'daemon-ended'
  | 'not-in-time'
  | 'refused'
  | 'something-left';

/** The world refused what the lab needed; `next` tells a person what to do about it. */
export class LabFailure extends Error {
  override readonly name = 'LabFailure';
  readonly code: LabFailureCode;
  readonly next: string;

  constructor(options: { code: LabFailureCode; message: string; next: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.next = options.next;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of the operating system (`ENOENT`), "" where there is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

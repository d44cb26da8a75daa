import type { OpenLab } from '../open-lab/open-lab.ts';

/** What a check works with. */
export interface CheckContext extends OpenLab {
  /** Aborted at the check's deadline. */
  readonly signal: AbortSignal;
}

/** One thing that the lab proves. */
export interface LabCheck {
  /** In reports and on the command line: "vip-placement". */
  readonly name: string;
  /** What is true when it passes, as a sentence. */
  readonly title: string;
  readonly deadlineSeconds: number;
  /** Only a lab in which Argo CD brings everything can prove it. */
  readonly needsArgoCd?: true;
  /** Throws `CheckFailure` when it is not true; returns what was seen when it is. */
  run(context: CheckContext): Promise<CheckOutcome>;
}

export interface CheckOutcome {
  /** Facts worth keeping: numbers, times, names. */
  readonly facts: readonly string[];
  /** What this lab cannot prove; printed as such, never as passed. */
  readonly notProven?: readonly string[];
}

/** Something is not as it must be. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly facts: readonly string[];

  constructor(message: string, facts: readonly string[] = []) {
    super(message);
    this.facts = facts;
  }
}

/** Fails with everything that is wrong, the first ten of it. */
export function assertNone(wrong: readonly string[], what: string, facts: readonly string[] = []): void {
  if (wrong.length === 0) return;
  const shown = wrong.slice(0, 10);
  const more = wrong.length - shown.length;
  throw new CheckFailure(
    `${String(wrong.length)} ${what}:\n${shown.map((line) => `    ${line}`).join('\n')}${more > 0 ? `\n    and ${String(more)} more` : ''}`,
    facts,
  );
}

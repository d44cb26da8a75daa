import type { PlannedChange } from '@meshrs/router-config/frr';
import type { ChangeResult } from '../engine/engine-driver.ts';

/** What a change did not bring, since it was left out or rejected: that nobody else has changed. */
export interface NotCarriedOut {
  /** `rest`: what leads from what runs after the change to what was wanted. */
  note(result: Pick<ChangeResult, 'left' | 'failure'>, rest: () => readonly PlannedChange[]): void;
  /** Of what is outstanding at a look, what somebody else has changed. Once it was seen as that, it stays so while it is outstanding. */
  driftedIn(outstanding: readonly PlannedChange[]): readonly PlannedChange[];
}

export function createNotCarriedOut(): NotCarriedOut {
  let known: ReadonlySet<string> = new Set();
  let before: ReadonlySet<string> = new Set();
  return {
    note: ({ left, failure }, rest) => {
      const isWhole = left.length === 0 && failure === undefined;
      known = new Set(isWhole ? [] : rest().map(nameOf));
    },
    driftedIn: (outstanding) => {
      const drifted = outstanding.filter((step) => before.has(nameOf(step)) || !known.has(nameOf(step)));
      before = new Set(drifted.map(nameOf));
      return drifted;
    },
  };
}

/** With its commands: what somebody else has changed of the same thing takes others. */
function nameOf({ change, commands }: PlannedChange): string {
  return JSON.stringify([change.kind, change.group, change.subject, commands.map(({ text }) => text)]);
}

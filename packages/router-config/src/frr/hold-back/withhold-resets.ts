import type { FrrConfig } from '../config.ts';
import { planChanges, type PlannedChange } from '../plan-changes.ts';
import { holdBack, holdBackNeighbors } from './hold-back.ts';

/** What may run now of what is wanted, and the changes that were left out of it. */
export interface WithheldResets {
  readonly target: FrrConfig;
  readonly withheld: readonly PlannedChange[];
}

/** A plan that is withheld again and again has no more rounds than a group has statements. */
const mostRounds = 50;

/**
 * What is wanted, less the changes that end sessions which have to wait: those stay as they run, with what depends on them, and
 * all else goes on. Of a change in place the statement alone stays that ends them.
 * @param mustWait whether a change of the plan ends such sessions
 */
export function withholdResets(
  running: FrrConfig,
  wanted: FrrConfig,
  mustWait: (step: PlannedChange) => boolean,
): WithheldResets {
  const withheld: PlannedChange[] = [];
  let target = wanted;
  for (let round = 0; round < mostRounds; round++) {
    const found = planChanges(running, target).filter((step) => step.resets.kind !== 'none' && mustWait(step));
    if (found.length === 0) return { target, withheld };
    withheld.push(...found);
    const next = withholdAll(running, target, found, mustWait);
    // The whole router would be another one: nothing of it goes before that.
    if (!next) return { target: running, withheld };
    target = next;
  }
  return { target: running, withheld };
}

function withholdAll(
  running: FrrConfig,
  wanted: FrrConfig,
  steps: readonly PlannedChange[],
  mustWait: (step: PlannedChange) => boolean,
): FrrConfig | undefined {
  let target: FrrConfig | undefined = wanted;
  for (const step of steps.filter((each) => !isOfNeighbor(each))) {
    target = withhold(running, target, step, mustWait);
    if (!target) return undefined;
  }
  const ofNeighbors = steps.filter(isOfNeighbor);
  return holdBackNeighbors(
    running,
    target,
    ofNeighbors.map((step) => ({ change: step.change, line: linesOf(step)[0] ?? '' })),
  );
}

function withhold(
  running: FrrConfig,
  target: FrrConfig,
  step: PlannedChange,
  mustWait: (step: PlannedChange) => boolean,
): FrrConfig | undefined {
  const { change } = step;
  const lines = linesOf(step);
  const [first = ''] = lines;
  // Of one that is made anew, or that has one statement, each line is all of it.
  if (lines.length < 2 || !isInPlace(step)) return holdBack(running, target, { change, line: first });
  for (const line of lines) {
    const next = holdBack(running, target, { change, line });
    if (!next) return undefined;
    const isStill = planChanges(running, next).some((each) => isSame(each, step) && mustWait(each));
    if (!isStill) return next;
  }
  return holdBack(running, target, { change, line: first });
}

function linesOf({ commands }: PlannedChange): readonly string[] {
  return commands.filter(({ mayBeRejected }) => mayBeRejected !== true).map(({ text }) => text);
}

function isOfNeighbor({ change }: PlannedChange): boolean {
  return change.kind.startsWith('neighbor-');
}

/** Groups and the router are few, and have many statements; neighbors are many, and each is little. */
function isInPlace({ change }: PlannedChange): boolean {
  return change.kind === 'group-changed' || change.kind === 'global-changed';
}

function isSame({ change: one }: PlannedChange, { change: other }: PlannedChange): boolean {
  return one.kind === other.kind && one.group === other.group && one.subject === other.subject;
}

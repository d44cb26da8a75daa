import type { FrrConfig } from '../config.ts';
import { planChanges, type PlannedChange } from '../plan-changes.ts';
import { holdBack, holdBackNeighbors } from './hold-back.ts';

/** What may run now of what is wanted, and the changes that were left out of it. */
export interface WithheldResets {
  readonly target: FrrConfig;
  readonly withheld: readonly WithheldStep[];
}

/** A step that has to wait, and what the plan led to in which it stood: by another one it may end others' sessions. */
export interface WithheldStep {
  readonly step: PlannedChange;
  readonly target: FrrConfig;
}

/** Whether a step of the plan to a target ends sessions that have to wait. */
export type MustWaitIn = (target: FrrConfig) => (step: PlannedChange) => boolean;

/** A plan that is withheld again and again has no more rounds than a group has statements. */
const mostRounds = 50;

/**
 * What is wanted, less the changes that end sessions which have to wait: those stay as they run, with what depends on them, and
 * all else goes on. Of a change in place the statement alone stays that ends them.
 * @param mustWaitIn asked anew for each target: what is left out of one may take from others what spared them
 */
export function withholdResets(running: FrrConfig, wanted: FrrConfig, mustWaitIn: MustWaitIn): WithheldResets {
  const withheld: WithheldStep[] = [];
  let target = wanted;
  for (let round = 0; round < mostRounds; round++) {
    const goal = target;
    const mustWait = mustWaitIn(goal);
    const found = planChanges(running, goal).filter((step) => step.resets.kind !== 'none' && mustWait(step));
    if (found.length === 0) return { target, withheld };
    for (const step of found) withheld.push({ step, target: goal });
    const next = withholdAll(running, goal, found, mustWaitIn);
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
  mustWaitIn: MustWaitIn,
): FrrConfig | undefined {
  let target: FrrConfig | undefined = wanted;
  for (const step of steps.filter((each) => !isOfNeighbor(each))) {
    target = withhold(running, target, step, mustWaitIn);
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
  mustWaitIn: MustWaitIn,
): FrrConfig | undefined {
  const { change } = step;
  const lines = linesOf(step);
  const [first = ''] = lines;
  // Of one that is made anew, or that has one statement, each line is all of it.
  if (lines.length < 2 || !isInPlace(step)) return holdBack(running, target, { change, line: first });
  for (const line of lines) {
    const next = holdBack(running, target, { change, line });
    if (!next) return undefined;
    const mustWait = mustWaitIn(next);
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

import type { BgpSession, RouteServerIntent } from '@meshrs/contract';
import { planChanges, type FrrConfig, type PlannedChange } from '@meshrs/router-config/frr';
import type { Consent } from '../engine/engine-driver.ts';
import type { PendingChange } from '../engine/mesh-engine.ts';
import { readStanding, type LookedAt } from './look-at-sessions.ts';
import { withholdChanges } from './withhold-changes.ts';

/** Makes each plan that goes to bgpd: no session of a client ends by a change that nobody consented to. */
export interface Sparing {
  /** Leads from what runs to what is wanted, as far as it may. After a change that bgpd has rejected it is asked again. */
  readonly plan: (running: FrrConfig, wanted: FrrConfig) => Promise<readonly PlannedChange[]>;
  /** What was left out. */
  readonly left: () => readonly PendingChange[];
}

export function createSparing(
  at: LookedAt,
  intent: RouteServerIntent | undefined,
  { mayEnd, onDecided }: Consent,
  signal: AbortSignal,
): Sparing {
  const left = new Map<string, PendingChange>();
  let sessions: readonly BgpSession[] | undefined;
  let isDecided = false;

  return {
    left: () => [...left.values()],
    plan: async (running, wanted) => {
      const plan = await planSparing(running, wanted);
      if (!isDecided) onDecided([...left.values()]);
      isDecided = true;
      return plan;
    },
  };

  async function planSparing(running: FrrConfig, wanted: FrrConfig): Promise<readonly PlannedChange[]> {
    const plan = planChanges(running, wanted);
    if (plan.every(({ resets }) => resets.kind === 'none')) return plan;
    sessions ??= await readStanding({ ...at, running }, intent, signal);
    const { config, pending } = withholdChanges(running, wanted, sessions, mayEnd);
    if (pending.length === 0) return plan;
    for (const each of pending) left.set(each.key, each);
    return planChanges(running, config);
  }
}

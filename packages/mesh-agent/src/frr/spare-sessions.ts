import type { RouteServerIntent } from '@meshrs/contract';
import { planChanges, type FrrConfig, type PlannedChange } from '@meshrs/router-config/frr';
import type { Consent } from '../engine/engine-driver.ts';
import type { PendingChange } from '../engine/mesh-engine.ts';
import { readStanding, type LookedAt } from './look-at-sessions.ts';
import { withholdChanges } from './withhold-changes.ts';

/** Makes each plan that goes to bgpd: no session of a client ends by a change that nobody consented to. */
export interface Sparing {
  /**
   * Leads from what runs to what is wanted, as far as it may, by the sessions that there are at this moment. After a change that bgpd
   * has rejected, and where a plan is old, it is asked again.
   */
  readonly plan: (running: FrrConfig, wanted: FrrConfig) => Promise<readonly PlannedChange[]>;
  /** The last plan goes by sessions of a while ago: what of it ends any is to be planned anew. */
  readonly isOld: () => boolean;
  /** What the last plan left out. */
  readonly left: () => readonly PendingChange[];
}

/** Thousands of steps take seconds; clients come up meanwhile. */
const freshMs = 1000;
/** Where bgpd or this machine is slow, a plan is fresh for longer by so many times as it took: no more time goes into plans than into steps. */
const slownessShare = 2;
/** But not for longer than a release counts from its look on. */
const freshAtMostMs = 5000;

/**
 * @param now milliseconds of a clock that never steps
 */
export function createSparing(
  at: LookedAt,
  intent: RouteServerIntent | undefined,
  { mayEnd, onDecided }: Consent,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): Sparing {
  let left: readonly PendingChange[] = [];
  let toldBefore: string | undefined;
  let readAtMs: number | undefined;
  let freshForMs = freshMs;

  return {
    left: () => left,
    isOld: () => readAtMs !== undefined && now() - readAtMs > freshForMs,
    plan: async (running, wanted) => {
      const { plan, pending } = await planSparing(running, wanted);
      left = pending;
      const text = JSON.stringify(left);
      if (text !== toldBefore) onDecided(left);
      toldBefore = text;
      return plan;
    },
  };

  async function planSparing(
    running: FrrConfig,
    wanted: FrrConfig,
  ): Promise<{ readonly plan: readonly PlannedChange[]; readonly pending: readonly PendingChange[] }> {
    const plan = planChanges(running, wanted);
    readAtMs = undefined;
    if (plan.every(({ resets }) => resets.kind === 'none')) return { plan, pending: [] };
    const beganMs = now();
    const sessions = await readStanding({ ...at, running }, intent, signal);
    readAtMs = now();
    const { config, pending } = withholdChanges(running, wanted, sessions, mayEnd);
    const spared = { plan: pending.length === 0 ? plan : planChanges(running, config), pending };
    freshForMs = Math.min(freshMs + slownessShare * (now() - beganMs), freshAtMostMs);
    return spared;
  }
}

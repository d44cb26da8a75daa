import type { BgpSession } from '@meshrs/contract';
import { planChanges, withholdResets, type FrrConfig, type PlannedChange } from '@meshrs/router-config/frr';
import type { Asked } from '../engine/engine-driver.ts';
import type { MayEnd, PendingChange } from '../engine/mesh-engine.ts';
import { withoutAdditions } from './desired-config.ts';
import { readSessions, type LookedAt } from './look-at-sessions.ts';
import { createSessionsEnded, type SessionsEnded } from './sessions-ended.ts';

/** The same by the sessions that there are: nobody is asked for them while no change ends any. */
export async function withholdNow(
  at: LookedAt,
  { config, intent }: Asked<FrrConfig>,
  mayEnd: MayEnd,
  signal: AbortSignal,
): Promise<ReturnType<typeof withholdChanges>> {
  const running = withoutAdditions(at.running);
  const ends = planChanges(running, config).some(({ resets }) => resets.kind !== 'none');
  if (!ends) return { config, pending: [] };
  const { sessions } = await readSessions(at, intent, signal);
  return withholdChanges(running, config, sessions, mayEnd);
}

/** What may run now of what is asked for, and the changes that wait because of the sessions of clients. */
export function withholdChanges(
  running: FrrConfig,
  wanted: FrrConfig,
  sessions: readonly BgpSession[],
  mayEnd: MayEnd,
): { readonly config: FrrConfig; readonly pending: readonly PendingChange[] } {
  const pending = new Map<string, PendingChange>();
  const byAddress = new Map(sessions.map((session) => [session.address, session]));
  /** Thousands of steps may be about one neighbor each. */
  const among = ({ resets }: PlannedChange): readonly BgpSession[] => {
    if (resets.kind !== 'neighbor') return sessions;
    const own = byAddress.get(resets.address);
    return own ? [own] : [];
  };
  const { target, withheld } = withholdResets(running, wanted, (goal) => {
    const sessionsEnded = createSessionsEnded(goal);
    return (step) => {
      const found = toPending(step, sessionsEnded(step, among(step)));
      return found.clients.length > 0 && !mayEnd(found);
    };
  });
  const ended = new Map<FrrConfig, SessionsEnded>();
  for (const { step, target: goal } of withheld) {
    const sessionsEnded = ended.get(goal) ?? createSessionsEnded(goal);
    ended.set(goal, sessionsEnded);
    const found = toPending(step, sessionsEnded(step, among(step)));
    pending.set(found.key, found);
  }
  return { config: target, pending: [...pending.values()] };
}

function toPending(step: PlannedChange, clients: ReturnType<SessionsEnded>): PendingChange {
  const { change, resets } = step;
  const because = 'because' in resets ? resets.because : [];
  const key = [change.kind, change.group ?? '', change.subject ?? '', ...because].join('|');
  return { key, change, clients };
}

import type { BgpSession } from '@meshrs/contract';
import { withholdResets, type FrrConfig, type PlannedChange } from '@meshrs/router-config/frr';
import type { MayEnd, PendingChange } from '../engine/mesh-engine.ts';
import { sessionsEnded } from './sessions-ended.ts';

/** What may run now of what is asked for, and the changes that wait because of the sessions of clients. */
export function withholdChanges(
  running: FrrConfig,
  wanted: FrrConfig,
  sessions: readonly BgpSession[],
  mayEnd: MayEnd,
): { readonly config: FrrConfig; readonly pending: readonly PendingChange[] } {
  const pending = new Map<string, PendingChange>();
  const { target, withheld } = withholdResets(running, wanted, (step) => {
    const found = toPending(step, sessions);
    return found.clients.length > 0 && !mayEnd(found);
  });
  for (const step of withheld) {
    const found = toPending(step, sessions);
    pending.set(found.key, found);
  }
  return { config: target, pending: [...pending.values()] };
}

function toPending(step: PlannedChange, sessions: readonly BgpSession[]): PendingChange {
  const { change, resets } = step;
  const because = 'because' in resets ? resets.because : [];
  const key = [change.kind, change.group ?? '', change.subject ?? '', ...because].join('|');
  return { key, change, clients: sessionsEnded(step, sessions) };
}

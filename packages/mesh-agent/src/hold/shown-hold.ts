import type { AgentStatus, SettingsStatus } from '@meshrs/contract';
import type { HoldVerdict } from '@meshrs/gate';
import type { Clock } from '../async/clock.ts';
import { firstShown } from '../log/shown-lists.ts';
import type { HoldNow, ShownHold } from './hold-keeper.ts';

/** What /status tells of the wait that is on, and of the last one. */
export function holdStatus({ now, last }: ShownHold, clock: Clock): Pick<AgentStatus, 'hold' | 'lastHold'> {
  return {
    ...(now && { hold: nowStatus(now, clock) }),
    ...(last && {
      lastHold: {
        at: timestamp(last.atMs, clock),
        ...{ for: last.for, outcome: last.outcome },
        ...{ clients: firstShown(last.missing), clientCount: last.missingCount },
        ...(last.unknownCount > 0 && { unknownCount: last.unknownCount }),
      },
    }),
  };
}

/** What /status tells of changes of the settings that wait. */
export function pendingStatus({ pending }: ShownHold, clock: Clock): Pick<SettingsStatus, 'pending' | 'pendingCount'> {
  if (pending.length === 0) return {};
  return {
    pending: firstShown(pending).map(({ change, clients, sinceMs, untilMs }) => ({
      ...{ change, clients: firstShown(clients), clientCount: clients.length },
      ...{ since: timestamp(sinceMs, clock), until: timestamp(untilMs, clock) },
    })),
    pendingCount: pending.length,
  };
}

function nowStatus({ id, untilMs, for: purposes, waitsFor, verdict }: HoldNow, clock: Clock) {
  return {
    ...{ id, until: timestamp(untilMs, clock), waitsFor, for: purposes },
    ...(verdict && {
      missing: {
        clients: firstShown(verdict.missing).map(({ address }) => address),
        clientCount: [...verdict.more.values()].reduce((sum, count) => sum + count, verdict.missing.length),
        why: whyOf(verdict),
      },
    }),
  };
}

/** In a few words, for people. */
function whyOf({ kind, missing, waitsFor, unreadable, clientCount }: HoldVerdict): string {
  if (waitsFor.length > 0 && clientCount > 0) return 'A route server of an earlier side waits, too, and goes first.';
  const [unknown] = unreadable;
  if (unknown) return `Who its clients are is not known: ${unknown.why}.`;
  if (kind === 'go') return 'Each client has a session with another side.';
  const reasons = new Set(missing.map(({ reason }) => reason.kind));
  return `Clients have no session with another side that stays (${[...reasons].join(', ')}).`;
}

function timestamp(atMonotonicMs: number, clock: Clock): string {
  return new Date(clock.wallMs(atMonotonicMs)).toISOString();
}

import { z } from 'zod';
import type { SeenSessions } from './told-sessions.ts';
import { readEntries } from './told-sessions.ts';

/** An agent of version 1 told what it had read within this time. */
const ageMs = 1000;

/** GET /status of format version 1 had its sessions in a list, which was empty, too, where they could not be read. */
export const listOfVersion1 = z.array(z.unknown());

/**
 * What a list of version 1 is worth. Such an agent counted its settings as applied only where it had read what runs, by
 * the same look as the sessions: then an empty list says that there are none, and at no other time.
 */
export function sessionsOfVersion1(
  entries: readonly unknown[],
  engine: {
    readonly isConnected: boolean;
    readonly isApplied: boolean;
    readonly failure?: Extract<SeenSessions, { kind: 'unreadable' }>['failure'];
  },
): SeenSessions {
  const { whole, odd } = readEntries(entries);
  const failure = engine.failure ?? {
    code: 'sessions-not-told',
    operation: 'read the sessions',
    message: 'its agent, of an older version, lists no sessions and does not tell whether it could read them',
    retryable: true,
    causes: [],
  };
  if (entries.length === 0 && !(engine.isConnected && engine.isApplied)) return { kind: 'unreadable', failure };
  const told = { ageMs, list: whole, passedOver: odd };
  return engine.isConnected ? { kind: 'read', ...told } : { kind: 'stale', ...told, failure };
}

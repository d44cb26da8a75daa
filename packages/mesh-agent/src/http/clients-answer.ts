import { clientsFields, writeClients, type AgentStatus, type AwayClient, type BgpSession } from '@meshrs/contract';
import { createHash } from 'node:crypto';
import type { Clock } from '../async/clock.ts';
import type { Answer } from './answer.ts';

/**
 * By how many seconds the moment may differ at which a session came up, from look to look: bgpd tells whole seconds, and the
 * agent says how long ago it asked.
 */
const toleranceSeconds = 2;

/** What GET /clients answers, which has a tag that stays the same while nothing changes that decides something. */
export function createClientsAnswer(
  clock: Clock,
  status: () => Promise<AgentStatus>,
  away: () => readonly AwayClient[] = () => [],
): () => Promise<Answer> {
  /** When the session of each client came up, in seconds of the clock. */
  let known: ReadonlyMap<string, number> = new Map();

  return async () => {
    const told = await status();
    const { sessions } = told;
    const atMs = clock.monotonicMs();
    const readAtMs = atMs - (sessions.kind === 'read' ? sessions.ageMs : 0);
    const now = new Map<string, number>();
    const { text, stable } = writeClients(
      told,
      (session) => {
        const since = sinceOf(session, known.get(session.address), readAtMs / 1000);
        now.set(session.address, since);
        return since;
      },
      // Of that look or a later one: who has a session by it is not away.
      away(),
    );
    known = now;
    const answer = {
      status: 200,
      contentType: 'text/plain; charset=us-ascii',
      body: Buffer.from(text, 'latin1'),
    } as const;
    // Only what was read is the same for a time.
    if (sessions.kind !== 'read') return answer;
    return {
      ...answer,
      // Weak (RFC 9110 section 8.8.1): uptimes and counters go on.
      tag: `W/"${createHash('sha256').update(stable).digest('base64url')}"`,
      fields: {
        [clientsFields.ageMs]: String(Math.round(sessions.ageMs)),
        [clientsFields.now]: told.agent.now,
        [clientsFields.atMs]: String(Math.round(atMs)),
      },
    };
  };
}

function sinceOf({ uptimeSeconds }: BgpSession, known: number | undefined, readAtSeconds: number): number {
  if (uptimeSeconds === undefined) return -1;
  const since = Math.round(readAtSeconds - uptimeSeconds);
  return known !== undefined && Math.abs(known - since) <= toleranceSeconds ? known : since;
}

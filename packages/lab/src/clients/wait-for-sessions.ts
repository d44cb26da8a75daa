import type { Topology } from '@meshrs/topology';
import type { GobgpClient } from '../gobgp/client.ts';
import { waitUntil } from '../host/wait.ts';
import type { LabContext } from '../lab/context.ts';
import { readSessions } from './sessions.ts';

/** Waits until every client has a session with every VIP. */
export async function waitForSessions(
  { lab, plan, signal }: Pick<LabContext, 'lab' | 'plan' | 'signal'>,
  topology: Topology,
  connectTo: (socket: string) => GobgpClient,
): Promise<void> {
  let missing: readonly string[] = [];
  await waitUntil(
    'every client has a session with every side',
    async () => {
      const sessions = await readSessions(lab, plan, topology, connectTo);
      missing = sessions
        .filter(({ isEstablished }) => !isEstablished)
        .map(({ client, side, state }) => `${client} with side ${side}: ${state}`);
      return missing.length === 0;
    },
    {
      deadlineMs: 300_000,
      intervalMs: 250,
      signal,
      next: 'follow the way of a packet: meshrs lab status LAB says which VIP is announced where',
      seen: () => missing.join('; '),
    },
  );
}

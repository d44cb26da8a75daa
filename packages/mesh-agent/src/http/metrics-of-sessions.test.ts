import type { AgentStatus, BgpSession } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const session: BgpSession = {
  address: address('192.0.2.1'),
  kind: 'range-client',
  state: 'established',
  establishedCount: 1,
  droppedCount: 0,
  receivedMessages: 7,
  receivedPrefixes: 8,
  sentPrefixes: 32,
  endOfRib: { received: true, sent: true },
};
const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };
const group = {
  name: 'MESHRR-CORE',
  source: { kind: 'static', description: 'static', isHealthy: true },
  published: ['192.0.2.9'],
  desired: ['192.0.2.9'],
  leftOut: [],
} as const;
const told = { ageMs: 5, list: [session], passedOver: [] };

/** The lines of the sessions, and of the peers that the engine has. */
async function linesOf(change: Partial<AgentStatus>): Promise<readonly string[]> {
  const text = await createMetrics().render({ ...servingStatus, ...change }, 0);
  return text.split('\n').filter((line) => /^meshrs_(session|mesh_peers\{.*observed)/.test(line));
}

describe('the metrics', () => {
  it('tell the sessions that were read', async () => {
    const lines = await linesOf({
      sessions: { kind: 'read', ...told },
      groups: [{ ...group, observed: ['192.0.2.9'] }],
    });
    const of = '{address="192.0.2.1",kind="range-client"}';
    expect(lines.filter((line) => !line.endsWith(' 0')).sort()).toEqual([
      'meshrs_mesh_peers{group="MESHRR-CORE",set="observed"} 1',
      `meshrs_session_established_total${of} 1`,
      `meshrs_session_established${of} 1`,
      `meshrs_session_received_messages_total${of} 7`,
      `meshrs_session_received_prefixes${of} 8`,
      `meshrs_session_sent_prefixes${of} 32`,
      'meshrs_sessions_read 1',
      'meshrs_sessions{kind="range-client",state="established"} 1',
    ]);
    expect(lines).toContain('meshrs_sessions{kind="mesh",state="established"} 0');
  });

  it.each<AgentStatus['sessions']>([
    { kind: 'stale', ...told, failure },
    { kind: 'unreadable', failure },
  ])('tell no figure of sessions that are not known, and that they are not: %j', async (sessions) => {
    expect(await linesOf({ sessions, groups: [group] })).toEqual(['meshrs_sessions_read 0']);
  });
});

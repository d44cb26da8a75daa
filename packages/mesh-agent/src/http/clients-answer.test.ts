import type { AgentStatus, BgpSession, ToldSessions } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../async/clock.ts';
import { answerTo, headOf } from './answer.ts';
import { createClientsAnswer } from './clients-answer.ts';

const client = (uptimeSeconds: number | undefined): BgpSession => ({
  ...{ address: address('192.0.2.1'), kind: 'range-client', state: 'established' },
  ...{ establishedCount: 1, droppedCount: 0, receivedMessages: 3, receivedPrefixes: 1, sentPrefixes: 1 },
  ...(uptimeSeconds !== undefined && { uptimeSeconds }),
  endOfRib: { received: true, sent: true },
});
const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };

/** An agent whose clock and sessions are set by the test. */
function agent() {
  const now = { ms: 1_000_000, sessions: read(0, client(100)) };
  const clock: Clock = { monotonicMs: () => now.ms, wallMs: (ms) => ms };
  const answer = createClientsAnswer(clock, () =>
    Promise.resolve<AgentStatus>({ ...servingStatus, sessions: now.sessions }),
  );
  return { now, clock, tag: async () => (await answer()).tag, answer };
}
const read = (ageMs: number, ...list: readonly BgpSession[]): ToldSessions => ({
  ...{ kind: 'read', ageMs, list, passedOver: [] },
});

describe('the tag of GET /clients', () => {
  it('stays while the same session goes on, however the seconds fall', async () => {
    const { now, tag } = agent();
    const first = await tag();
    expect(first).toMatch(/^W\/"[\w-]{43}"$/);
    for (const [ms, ageMs, uptime] of [
      [4000, 0, 104],
      [4900, 900, 103],
      [7300, 1000, 107],
      [600_000, 0, 699],
      [600_000, 0, 701],
    ] as const) {
      now.ms = 1_000_000 + ms;
      now.sessions = read(ageMs, client(uptime));
      expect(await tag()).toBe(first);
    }
  });

  it('is another one once the session is', async () => {
    const { now, tag } = agent();
    const first = await tag();
    now.ms += 10_000;
    now.sessions = read(0, client(3));
    const second = await tag();
    expect(second).not.toBe(first);
    now.sessions = read(0, client(undefined));
    expect(await tag()).not.toBe(second);
  });

  it('is told with the age and the moment; what is not known has none', async () => {
    const { now, answer } = agent();
    now.sessions = read(412.4, client(100));
    expect((await answer()).fields).toEqual({
      'meshrs-age-ms': '412',
      'meshrs-now': servingStatus.agent.now,
      'meshrs-at-ms': '1000000',
    });
    for (const sessions of [
      { kind: 'unreadable', failure },
      { kind: 'stale', ageMs: 9000, list: [], passedOver: [], failure },
    ] as const) {
      now.sessions = sessions;
      const { tag, fields, status } = await answer();
      expect([tag, fields, status]).toEqual([undefined, undefined, 200]);
    }
  });
});

describe('who has a tag', () => {
  it('is told that it is still right, with no body, and gets the answer where it is not', async () => {
    const { answer, clock } = agent();
    const made = await answer();
    expect(answerTo(made, undefined)).toBe(made);
    expect(answerTo(made, 'W/"x"')).toBe(made);
    const same = answerTo(made, made.tag);
    expect(same.body.length).toBe(0);
    const head = headOf(same, clock);
    expect(head).toMatch(/^HTTP\/1.1 304 Not Modified\r\n/);
    expect(head).toContain(`\r\netag: ${made.tag ?? ''}\r\nmeshrs-age-ms: 0\r\n`);
    expect(head).not.toContain('content-');
    const without = { status: 200, contentType: 'x', body: Buffer.from('x') } as const;
    expect(answerTo(without, undefined)).toBe(without);
  });
});

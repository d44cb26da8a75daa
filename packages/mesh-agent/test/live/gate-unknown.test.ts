import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus, BgpSession } from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defaultTiming, type GateTiming } from '../../src/gate/gate-timing.ts';
import { ip } from '../start-sidecar.ts';
import { deletePod, serve, writePod, writeSettings, writeSide, writeSideRevision } from './gate-cluster.ts';
import {
  api,
  client,
  closing,
  justNow,
  lastWord,
  longAgo,
  settings,
  startGate,
  template,
  told,
  writeServing,
  writeServingPod,
} from './gate-under-test.ts';

const leaf = client('192.0.2.1');
const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: [] };

/** A gate before b, a client on b alone, and what b's agent, or a's, says in place of that. */
async function refusalOf(changes: { readonly a?: object; readonly b?: object }): Promise<string> {
  await writeSide(api, 'a', { settings });
  await writeSide(api, 'b', { settings });
  await writeAnyPod('a', { ...template, ...told([]), ...changes.a });
  await writeAnyPod('b', { ...template, ...told([leaf]), ...changes.b });
  expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
  return lastWord();
}

/** A pod whose agent may answer what no agent of this version writes. */
async function writeAnyPod(
  side: string,
  status: Pick<AgentStatus, 'agent'> & Readonly<Record<string, unknown>>,
): Promise<string> {
  const server = await serve((response) => {
    const now = new Date().toISOString();
    const agent = { ...status.agent, pod: `routeserver-${side}-0`, address: server.address, now };
    response.end(JSON.stringify({ ...status, agent }));
  });
  closing.push(server.close);
  await writePod(api, side, { address: server.address });
  return server.address;
}

describe('what the agent of the side that goes does not know is not none', () => {
  const engine = {
    kind: 'frr',
    isConnected: true,
    isApplied: true,
    since: '2026-11-22T00:00:00.000Z',
    restartCount: 0,
    unknownLines: [],
  };
  const odd = (change: object) => ({
    sessions: { kind: 'read', ageMs: 5, passedOver: [], list: [{ ...leaf, ...change }] },
  });

  it.each<[string, object, string]>([
    [
      'the sessions could not be read',
      { sessions: { kind: 'unreadable', failure } },
      'the gate cannot read the status of routeserver-b-0, so it does not know its clients (its agent cannot read the sessions: bgpd is busy)',
    ],
    [
      'they were read some time ago',
      { sessions: { kind: 'stale', ageMs: 7000, list: [], passedOver: [], failure } },
      'the gate does not know which clients routeserver-b-0 has now (its sessions were last read 7 s ago: bgpd is busy)',
    ],
    [
      'they were read a minute ago, it says',
      { sessions: { kind: 'read', ageMs: 60_000, list: [], passedOver: [] } },
      'the gate does not know which clients routeserver-b-0 has now (its sessions were last read 60 s ago)',
    ],
    [
      'a neighbor is passed over',
      { sessions: { kind: 'read', ageMs: 5, list: [], passedOver: [{ neighbor: 'eth0', why: 'it has no address' }] } },
      'the gate does not know all clients of routeserver-b-0, one of which may be its neighbor eth0: it has no address',
    ],
    ['a session has AS 0', odd({ remoteAsn: 0 }), 'one of which may be its neighbor 192.0.2.1: remoteAsn: '],
    [
      'a session has an uptime below 0',
      odd({ uptimeSeconds: -5 }),
      'one of which may be its neighbor 192.0.2.1: uptimeSeconds: ',
    ],
    [
      'a session has fewer prefixes than none',
      odd({ receivedPrefixes: -1 }),
      'one of which may be its neighbor 192.0.2.1: receivedPrefixes: ',
    ],
    [
      'it has another word for what it knows',
      { sessions: { kind: 'guessed', list: [] } },
      'in a form that is not known here',
    ],
    [
      'an older agent lists none, and has not applied its settings',
      { formatVersion: 1, sessions: [], engine: { ...engine, isApplied: false } },
      'of an older version, lists no sessions and does not tell whether it could read them',
    ],
    [
      'an older agent lists none, and does not reach its engine',
      { formatVersion: 1, sessions: [], engine: { ...engine, isConnected: false } },
      'the gate cannot read the status of routeserver-b-0',
    ],
  ])('%s', async (_, b, words) => {
    expect(await refusalOf({ b })).toContain(words);
  });

  it('counts an older agent’s empty list where that had applied its settings by the same look', async () => {
    await writeSide(api, 'a', { settings });
    await writeSide(api, 'b', { settings });
    for (const side of ['a', 'b']) await writeAnyPod(side, { ...template, formatVersion: 1, sessions: [] });
    expect(await startGate({ timeoutSeconds: 4 }).exitCode).toBe(0);
    expect(lastWord()).toContain('no client has a session with it');
  });

  it('counts a neighbor that is passed over, and has no session, for none', async () => {
    const eth0 = { neighbor: 'eth0', why: 'it has no address', state: 'idle' } as const;
    await writeServing('a', [leaf]);
    await writeSide(api, 'b', { settings });
    await writeServingPod('b', () => ({ sessions: { kind: 'read', ageMs: 5, list: [leaf], passedOver: [eth0] } }));
    expect(await startGate({ timeoutSeconds: 4 }).exitCode).toBe(0);
  });
});

describe('an answer counts for the pod that was asked', () => {
  it('and not for one whose address has come to a pod of the side that goes', async () => {
    await writeSide(api, 'a', { settings });
    await writeSide(api, 'b', { settings });
    const address = await writeServingPod('b', () => told([leaf]));
    await writePod(api, 'a', { address });
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      `1 of its 1 client may have no session on side a, where routeserver-a-0 cannot be read (the agent at ${address} is that of pod routeserver-b-0)`,
    );
  });

  it('and not for one that has ended, whose address another one has', async () => {
    await writeSide(api, 'a', { settings });
    await writeSide(api, 'b', { settings });
    const address = await writeServingPod('b', () => told([leaf]));
    await writePod(api, 'a', { address, phase: 'Failed', engine: { terminated: { exitCode: 1, reason: 'Evicted' } } });
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 1 client has no session on side a: client-192.0.2.1 (192.0.2.1)');
  });

  it('and not for one that says to be elsewhere', async () => {
    await writeServing('b', [leaf]);
    await writeSide(api, 'a', { settings });
    const agent = { ...template.agent, pod: 'routeserver-a-0', address: ip('10.9.9.9') };
    const server = await serve((response) => response.end(JSON.stringify({ ...template, ...told([leaf]), agent })));
    closing.push(server.close);
    await writePod(api, 'a', { address: server.address });
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain(`the agent at ${server.address} says that its address is 10.9.9.9`);
  });

  it('and once: what is told again is not told anew', async () => {
    await writeServing('b', [leaf]);
    await writeSide(api, 'a', { settings });
    const server = await serve((response) => {
      const agent = { ...template.agent, pod: 'routeserver-a-0', address: server.address };
      response.end(JSON.stringify({ ...template, ...told([leaf]), agent }));
    });
    closing.push(server.close);
    await writePod(api, 'a', { address: server.address });
    expect(await startGate({ timeoutSeconds: 3 }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'by its last look alone the gate would have opened, but it waited for a new answer of routeserver-a-0: the agent tells the same moment as 3 s before. Sync again.',
    );
  });
});

describe('a client is its address', () => {
  const routerId = { remoteRouterId: ip('10.0.0.1') };
  const pairLeaf = (address: string): BgpSession => {
    const session = { ...client(address, { kind: 'range-client', ...routerId }) };
    Reflect.deleteProperty(session, 'name');
    return session;
  };

  it('and not that of the other leaf of its pair, which has its router-id', async () => {
    await writeServing('a', [pairLeaf('192.0.2.1')]);
    await writeServing('b', [pairLeaf('192.0.2.1'), pairLeaf('192.0.2.2')]);
    expect(await startGate({ timeoutSeconds: 2 }).exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 2 clients has no session on side a: 192.0.2.2.');
  });

  it.each<[string, Parameters<typeof writePod>[2], string]>([
    [
      'has no side',
      { name: 'other-0', labels: { app: 'meshrr-evpnrs' } },
      'pod other-0 has the label of the route servers, but no label "side"',
    ],
    [
      'has a side that this cluster has not',
      { name: 'other-0', labels: { app: 'meshrr-evpnrs', side: 'c' } },
      'pod other-0 has the label of the route servers, but its label "side" is "c"',
    ],
    [
      'has side a, and no StatefulSet made it',
      { name: 'other-0', labels: { app: 'meshrr-evpnrs', side: 'a' } },
      'pod other-0 has the label of the route servers and of side a, but is none of a StatefulSet of that side',
    ],
  ])('whom a pod does not keep that %s', async (_, pod, words) => {
    await writeServing('a', []);
    await writeServing('b', [leaf]);
    await writeServingPod('other', () => told([leaf]), pod);
    const gate = startGate({ timeoutSeconds: 2 });
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 1 client has no session on side a: client-192.0.2.1 (192.0.2.1)');
    expect(gate.lines()).toContainEqual(
      expect.objectContaining({ event: 'gate-warning', warning: expect.stringContaining(words) as unknown }),
    );
  });
});

describe('the gate looks at what a side is', () => {
  const newSettings = settings.replace('198.51.100.0/24', '203.0.113.0/24');
  const revisionOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const running = (text: string) => ({
    ...told([leaf]),
    settings: { ...template.settings, revision: revisionOf(text) },
  });

  it('and not at its mark alone: a sync wrote b’s settings and failed at its StatefulSet, and the commit is taken back', async () => {
    await writeServing('a', []);
    await writeSide(api, 'b', { settings, sideRevision: '5f2c' });
    await writeServingPod('b', () => running(newSettings));
    // The API server's times go by seconds.
    await sleep(1100);
    await writeSettings(api, 'b', newSettings);
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'side b is marked as committed, but does not run that, so its clients count: ConfigMap routeserver-b-settings was changed after the side was marked',
    );
    expect(lastWord()).toContain('1 of its 1 client has no session on side a');
  });

  it('and sees it, too, where somebody has restarted b in the meantime', async () => {
    await writeServing('a', []);
    await writeSide(api, 'b', { settings, sideRevision: '5f2c' });
    await writeServingPod('b', () => running(newSettings));
    await sleep(1100);
    await writeSettings(api, 'b', newSettings);
    await sleep(1100);
    await api.request(
      'PATCH',
      '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b?fieldManager=kubectl-rollout',
      { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
    );
    await api.request('PATCH', '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b/status', {
      status: { observedGeneration: 2 },
    });
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain('ConfigMap routeserver-b-settings was changed after the side was marked');
  });

  it.each<[string, () => Partial<AgentStatus>, string]>([
    ['older settings in force', () => running(newSettings), 'routeserver-b-0 has older settings than its ConfigMap'],
    [
      'an engine that does not run them',
      () => ({ ...told([leaf]), engine: { ...template.engine, isApplied: false } }),
      'the engine of routeserver-b-0 does not run what its settings say',
    ],
    [
      'a route server that drains',
      () => ({ ...told([leaf]), drain: draining() }),
      'routeserver-b-0 drains or terminates',
    ],
  ])('and finds under the mark %s', async (_, status, words) => {
    await writeServing('a', []);
    await writeSide(api, 'b', { settings, sideRevision: '5f2c' });
    await writeServingPod('b', status);
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain(words);
  });
});

function draining(): AgentStatus['drain'] {
  const request = {
    cause: 'command',
    requestedBy: 'alice',
    requestedAtMs: 1,
    requestedAt: '2026-11-22T13:15:13.000Z',
  } as const;
  return { phase: 'graceful-shutdown', ...request, isSent: true, untilMs: 1 };
}

describe('the gate looks twice, and finds between its looks', () => {
  const timing = { ...longAgo, confirmAfterMs: 1500 };
  /** Begins a gate that would open, and does something as soon as its first look has been. */
  async function disturb(
    disturbance: () => Promise<unknown> | undefined,
    changes: Parameters<typeof startGate>[0] = {},
  ) {
    const secondLook = Promise.withResolvers<undefined>();
    let hasAgreed = () => false;
    // However long the disturbance takes, the second look is after it; before the first that agrees, one may begin to listen.
    const wait: GateTiming['wait'] = async (milliseconds, signal) => {
      if (hasAgreed()) await secondLook.promise;
      await defaultTiming.wait(milliseconds, signal);
    };
    const gate = startGate({ timeoutSeconds: 10, ...changes }, { ...timing, wait });
    hasAgreed = () => gate.lines().some((line) => JSON.stringify(line).includes('a second look that agrees'));
    await eventually(gate.lines, hasAgreed);
    expect(gate.lines().at(-1)).toMatchObject({ obstacles: ['a second look that agrees, 3 s after the first'] });
    await disturbance();
    secondLook.resolve(undefined);
    return await gate.exitCode;
  }

  it('nothing, and opens', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    expect(await disturb(() => undefined)).toBe(0);
    expect(lastWord()).toMatch(
      /^Gate opened for side b after \d+\.\d s: its 1 client has a session with routes on side a\./,
    );
  });

  it('a drain of the side that stays', async () => {
    let a: Partial<AgentStatus> = told([leaf]);
    await writeSide(api, 'a', { settings });
    await writeServingPod('a', () => a);
    await writeServing('b', [leaf]);
    const exitCode = await disturb(() => {
      a = { ...a, drain: draining() };
      return undefined;
    });
    expect(exitCode).toBe(1);
    expect(lastWord()).toContain('drains or terminates (asked for by alice, since 2026-11-22T13:15:13Z');
  });

  it('that the pod of the side that stays was deleted', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    expect(await disturb(() => deletePod(api, 'routeserver-a-0'))).toBe(1);
    // Its StatefulSet, which nobody controls here, says that it is there.
    expect(lastWord()).toContain(
      '1 of its 1 client may have no session on side a, where routeserver-a-0 cannot be read (StatefulSet routeserver-a has more Ready pods than were listed',
    );
  });

  it('another sync, which writes the settings of a side that had nothing to change', async () => {
    await writeServing('a', []);
    await writeSide(api, 'b', { settings, sideRevision: '5f2c' });
    await writeServingPod('b', () => told([leaf]));
    await sleep(1100);
    const exitCode = await disturb(
      () => writeSettings(api, 'b', settings.replace('198.51.100.0/24', '203.0.113.0/24')),
      {
        revision: '5f2c',
      },
    );
    expect(exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 1 client has no session on side a');
  });

  it('another sync, which makes the side that was not there', async () => {
    await writeServing('a', []);
    const exitCode = await disturb(() => writeServing('b', [leaf]));
    expect(exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 1 client has no session on side a');
  });

  it('other objects, whose looks must agree anew', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    const began = performance.now();
    expect(
      await disturb(async () => {
        await sleep(600);
        await writeSideRevision(api, 'b', '77aa');
      }),
    ).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(2000);
  });

  it('no time for the second, and says so', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    expect(await startGate({ timeoutSeconds: 1 }, { ...longAgo, confirmAfterMs: 60_000 }).exitCode).toBe(1);
    expect(lastWord()).toBe(
      'Gate timed out after 1 s; side b was not changed: by its last look alone the gate would have opened, but it waited for a second look that agrees, 3 s after the first. Sync again.',
    );
  });
});

describe('the second look', () => {
  /** A gate whose time goes by in its waits alone, each of which lasts a little longer than it was asked to. */
  async function waitsOf(
    confirmAfterMs: number,
    { lateMs, changes, changesIn = 1 }: { lateMs: number; changes?: () => Promise<void>; changesIn?: number },
  ) {
    const waits: number[] = [];
    let nowMs = 5000;
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds);
      nowMs += milliseconds + lateMs;
      if (waits.length === changesIn) await changes?.();
      // The agents' clock goes on, too: an answer that tells the same moment confirms nothing.
      await sleep(5);
    };
    const timing = { ...longAgo, confirmAfterMs, clock: { monotonicMs: () => nowMs }, wait };
    expect(await startGate({ timeoutSeconds: 20 }, timing).exitCode).toBe(0);
    return { waits, seconds: lastWord().replace(/^Gate opened for side b after ([\d.]+) s.*$/s, '$1') };
  }

  it.each([
    // A reading of before the gate counts no messages, and the next one is heard from in the one after it: the first two waits.
    ['three seconds after the first', 3000, 0, [1000, 1000, 1000, 1000, 1000], '5.0'],
    ['then also where each wait lasts longer', 3000, 230, [1000, 1000, 1000, 1000, 540], '5.7'],
    ['after the time that is left, and not a second', 1500, 0, [1000, 1000, 1000, 500], '3.5'],
    ['at once where the first wait was the whole time', 400, 0, [1000, 1000, 400], '2.4'],
  ])('comes %s', async (_, confirmAfterMs, lateMs, waits, seconds) => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    expect(await waitsOf(confirmAfterMs, { lateMs })).toEqual({ waits, seconds });
  });

  it('is timed anew where something changed after the first', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    const changes = () => writeSideRevision(api, 'b', '77aa');
    const waits = [1000, 1000, 1000, 1000, 1000, 200];
    expect(await waitsOf(2200, { lateMs: 0, changes, changesIn: 3 })).toEqual({ waits, seconds: '5.2' });
  });

  it('does not come sooner for a client that was missing', async () => {
    let sessions = [client('192.0.2.9')];
    await writeSide(api, 'a', { settings });
    await writeServingPod('a', () => told(sessions));
    await writeServing('b', [leaf]);
    const changes = () => {
      sessions = [leaf];
      return Promise.resolve();
    };
    expect(await waitsOf(1500, { lateMs: 0, changes })).toEqual({ waits: [1000, 1000, 1000, 500], seconds: '3.5' });
  });
});

describe('the clock of the gate’s node does not matter', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  const setClock = (minutes: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
  };

  it.each([5, -5, 60 * 24])('where it is %d min off, a silent session does not count', async (minutes) => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    setClock(minutes);
    expect(await startGate({ timeoutSeconds: 3 }, justNow).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'from which no BGP message has arrived since side a last changed and the gate began to listen',
    );
  });

  it.each([5, -5])(
    'where it is %d min off, one that is heard from opens the gate',
    async (minutes) => {
      let receivedMessages = 30;
      await writeSide(api, 'a', { settings });
      await writeServingPod('a', () => told([client('192.0.2.1', { receivedMessages: receivedMessages++ })]));
      await writeServing('b', [leaf]);
      setClock(minutes);
      const began = performance.now();
      expect(await startGate({ timeoutSeconds: 20 }, justNow).exitCode).toBe(0);
      // Not before the change may have taken effect.
      expect(performance.now() - began).toBeGreaterThan(8000);
    },
    30_000,
  );
});

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentStatus } from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { describe, expect, it } from 'vitest';
import { createMemoryEngine } from '../memory-engine.ts';
import { ip, peersOf, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { applySettings, fleetName, writeFleet, writePod, writeSettings, writeSide } from './gate-cluster.ts';
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
const fleetOf = (...ids: readonly string[]) =>
  `routerIds: {${ids.map((id, index) => `routeserver-${String(index)}: ${id}`).join(', ')}}\n`;
const [before, now] = [fleetOf('192.0.2.101'), fleetOf('192.0.2.101', '192.0.2.102')];
const revisionOf = (text: string) => createHash('sha256').update(text).digest('hex');
const knows = (text: string): Partial<AgentStatus> => ({ fleet: { revision: revisionOf(text) } });
const failure = { code: 'x', operation: 'read', message: 'fleet.yml: EIO', retryable: true, causes: [] };
const lacks: Partial<AgentStatus> = { fleet: { failure } };
const shortOf = (text: string) => revisionOf(text).slice(0, 12);

const startFleetGate = (changes: Parameters<typeof startGate>[0] = {}, timing = longAgo) =>
  startGate({ fleet: fleetName, timeoutSeconds: 3, ...changes }, timing);

/** The first look of a gate to which nothing but clients is lacking. */
const beginsToListen: unknown = expect.stringMatching(
  /^1 of its 1 client .* no BGP message .* the gate began to listen, or for two minutes: /,
);

/** Both sides with the client, and what the agents say beside it. */
async function writeBoth(a: () => Partial<AgentStatus>, b: () => Partial<AgentStatus>): Promise<void> {
  await writeFleet(api, now);
  for (const [side, change] of [['a', a] as const, ['b', b] as const]) {
    await writeSide(api, side, { settings });
    await writeServingPod(side, () => ({ ...told([leaf]), ...change() }));
  }
}

describe('before a side changes, the route servers know who will be in the fleet', () => {
  it('by their real agents, which get the file after the ConfigMap was written', async () => {
    const agents = new Map<string, TestSidecar>();
    for (const side of ['a', 'b']) {
      const engine = createMemoryEngine();
      const podName = `routeserver-${side}-0`;
      const prepare: Parameters<typeof startTestSidecar>[0]['prepare'] = (pod) => pod.writeFleet(before);
      const agent = await startTestSidecar({ settings, engine, podName, prepare });
      agents.set(side, agent);
      closing.push(agent.remove);
      await eventually(
        () => peersOf(engine),
        (peers) => peers.length === 1,
      );
      engine.setSession(ip('192.0.2.1'), leaf);
      await writeSide(api, side, { settings });
      await writePod(api, side, { address: agent.address });
    }
    await writeFleet(api, now);
    const gate = startFleetGate({ next: 'a', timeoutSeconds: 30 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    expect(gate.lines()).toMatchObject([
      {
        event: 'gate-waiting',
        obstacles: [
          `not every route server has the router-ids of the fleet of ConfigMap ${fleetName}, revision ${shortOf(now)}: ` +
            `routeserver-a-0 has revision ${shortOf(before)}, routeserver-b-0 has revision ${shortOf(before)}; ` +
            'kubelet brings a changed ConfigMap to a pod within about 90 s',
          beginsToListen,
        ],
      },
    ]);
    for (const side of ['a', 'b']) {
      await sleep(1500);
      expect(gate.lines().map(({ event }) => event)).not.toContain('gate-open');
      await agents.get(side)?.pod.writeFleet(now);
    }
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().at(-1)).toMatchObject({ event: 'gate-open', why: 'clients-elsewhere', clients: 1 });
  });

  it.each<['a' | 'b', string, Partial<AgentStatus>, Partial<AgentStatus>, string]>([
    [
      'a',
      'b has another revision',
      knows(now),
      knows(before),
      `routeserver-b-0 has revision ${shortOf(before)}; kubelet`,
    ],
    [
      'b',
      'a has another revision',
      knows(before),
      knows(now),
      `routeserver-a-0 has revision ${shortOf(before)}; kubelet`,
    ],
    ['a', 'nobody can use the file', lacks, lacks, 'can use the router-ids of the fleet of ConfigMap'],
    ['b', 'a does not tell, which was rolled before', {}, knows(now), 'an agent does not tell whether it has'],
  ])('and the gate before %s says where %s', async (next, _, a, b, words) => {
    await writeBoth(
      () => a,
      () => b,
    );
    expect(await startFleetGate({ next }).exitCode).toBe(1);
    expect(lastWord()).toMatch(new RegExp(`^Gate timed out after 3 s; side ${next} was not changed: `));
    expect(lastWord()).toContain(words);
    expect(lastWord()).toContain('then sync again.');
  });

  it('and the gate before a says where b cannot be read', async () => {
    await writeFleet(api, now);
    await writeSide(api, 'a', { settings });
    await writeServingPod('a', () => ({ ...told([leaf]), ...knows(now) }));
    await writeSide(api, 'b', { settings });
    await writePod(api, 'b', { address: '127.0.0.3' });
    expect(await startFleetGate({ next: 'a' }).exitCode).toBe(1);
    expect(lastWord()).toContain('routeserver-b-0 (GET /clients of 127.0.0.3: ECONNREFUSED)');
    expect(lastWord()).toContain('Make the status of routeserver-b-0 readable');
  });

  it('and the gate says where there is no such object, and opens when a sync has brought it', async () => {
    await writeServing('a', [leaf]);
    await writeServing('b', [leaf]);
    const gate = startFleetGate({ next: 'a', timeoutSeconds: 20 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    expect(gate.lines()).toMatchObject([
      { obstacles: [`there is no ConfigMap ${fleetName} with the router-ids of the fleet`, beginsToListen] },
    ]);
    await writeFleet(api, now);
    await eventually(gate.lines, (lines) => lines.some(({ event }) => event === 'gate-warning'));
    expect(await gate.exitCode).toBe(0);
  });

  it('and the gate begins anew where another sync writes it between the looks', async () => {
    await writeBoth(
      () => knows(now),
      () => knows(now),
    );
    const gate = startFleetGate({ timeoutSeconds: 5 }, { ...longAgo, confirmAfterMs: 1500 });
    const agreeing = 'a second look that agrees, 3 s after the first';
    await eventually(gate.lines, (lines) => JSON.stringify(lines).includes(agreeing));
    await writeFleet(api, fleetOf('192.0.2.101', '192.0.2.109'));
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain(`routeserver-a-0 has revision ${shortOf(now)}, routeserver-b-0 has`);
  });
});

describe('the gate does not wait for what cannot come', () => {
  it('to agents of a release before, of the side that goes and of the one after it, and warns', async () => {
    await writeBoth(
      () => ({}),
      () => ({}),
    );
    const gate = startFleetGate({ next: 'a' });
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines()).toContainEqual(
      expect.objectContaining({
        event: 'gate-warning',
        warning: expect.stringMatching(
          /^an agent of before does not tell .*: routeserver-b-0: the gate does not wait for that; /,
        ) as unknown,
      }),
    );
    expect(lastWord()).toContain('an agent of before does not tell');
  });

  it('to b, which cannot use what a can: its own turn may bring another agent', async () => {
    await writeBoth(
      () => knows(now),
      () => lacks,
    );
    expect(await startFleetGate({ next: 'a' }).exitCode).toBe(0);
    expect(lastWord()).toContain('cannot be used: routeserver-b-0 (fleet.yml: EIO): the gate does not wait for that');
  });

  it('to the old agent of the side that goes, when the other one has been rolled', async () => {
    await writeBoth(
      () => knows(now),
      () => ({}),
    );
    expect(await startFleetGate({ next: 'b' }).exitCode).toBe(0);
    expect(lastWord()).not.toContain('fleet');
  });

  it.each([
    ['which cannot use its file', lacks],
    ['whose agent does not tell', {}],
  ])('where a is broken and the commit fixes it, to b %s', async (_, b) => {
    await writeFleet(api, now);
    await writeSide(api, 'a', { settings, readyReplicas: 0 });
    await writePod(api, 'a', { address: '127.0.0.3', engine: { waiting: { reason: 'CrashLoopBackOff' } } });
    await writeSide(api, 'b', { settings });
    await writeServingPod('b', () => ({ ...told([leaf]), ...b }));
    expect(await startFleetGate({ next: 'a' }).exitCode).toBe(0);
  });

  it('where a is broken, and kubelet has not brought it to b within two minutes; sooner it waits', async () => {
    await writeFleet(api, now);
    await writeSide(api, 'a', { settings, readyReplicas: 0 });
    await writePod(api, 'a', { address: '127.0.0.3', engine: { waiting: { reason: 'CrashLoopBackOff' } } });
    await writeSide(api, 'b', { settings });
    await writeServingPod('b', () => ({ ...told([leaf]), ...knows(before) }));
    expect(await startFleetGate({ next: 'a' }, justNow).exitCode).toBe(1);
    expect(lastWord()).toContain(`routeserver-b-0 has revision ${shortOf(before)}; kubelet brings`);
    const soon = { ...justNow, apiTimeMs: (dateMs: number) => dateMs + 400_000 };
    expect(await startFleetGate({ next: 'a' }, soon).exitCode).toBe(1);
    const late = { ...justNow, apiTimeMs: (dateMs: number) => dateMs + 421_000 };
    expect(await startFleetGate({ next: 'a' }, late).exitCode).toBe(0);
    expect(lastWord()).toContain('kubelet has not brought the router-ids of the fleet');
  });

  it('at the first installation, where a is only starting', async () => {
    await writeFleet(api, now);
    expect(await startFleetGate({ next: 'a' }).exitCode).toBe(0);
    await writeSide(api, 'a', { settings, readyReplicas: 0 });
    await writePod(api, 'a', { engine: { waiting: { reason: 'PodInitializing' } }, phase: 'Pending' });
    expect(await startFleetGate({ next: 'b' }).exitCode).toBe(0);
    expect(lastWord()).toContain('the cluster has no StatefulSet and no pod of it yet');
  });

  it('where nothing of the side changes', async () => {
    await writeFleet(api, now);
    await writeSide(api, 'a', { settings, sideRevision: '5f2c' });
    await writeServingPod('a', () => ({ ...told([leaf]), ...knows(before) }));
    expect(await startFleetGate({ next: 'a', revision: '5f2c' }).exitCode).toBe(0);
    expect(lastWord()).toContain('it is marked as committed, and its route servers run that');
  });
});

describe('settings bear the mark of their side, and where that of b’s StatefulSet is the committed one', () => {
  const other = settings.replace('198.51.100.0/24', '203.0.113.0/24');
  /** Side b as a sync left it; the client is on b alone, so that only a b that does not change lets the gate open. */
  async function writeMarked(inForce: () => string): Promise<void> {
    await writeServing('a', []);
    await writeSide(api, 'b', { settings });
    await applySettings(api, 'b', settings, '5f2c');
    await api.apply('/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b', {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
      metadata: { name: 'routeserver-b', annotations: { 'meshrs.dev/side-revision': '5f2c' } },
    });
    await writeServingPod('b', () => ({
      ...told([leaf]),
      settings: { ...template.settings, revision: revisionOf(inForce()) },
    }));
    // The API server's times go by seconds.
    await sleep(1100);
  }

  it('those of the same mark are no change', async () => {
    await writeMarked(() => settings);
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(0);
  });

  it.each(['77aa', '5f2', '5F2C', ''])('those of another one, %j, are a gap, whatever they say', async (mark) => {
    await writeMarked(() => settings);
    await applySettings(api, 'b', settings, mark);
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'side b is marked as committed, but does not run that, so its clients count: ConfigMap routeserver-b-settings bears the mark of another commit',
    );
  });

  it('those of a sync that failed before the StatefulSet are a gap, in force or not', async () => {
    await writeMarked(() => other);
    await applySettings(api, 'b', other, '77aa');
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain('ConfigMap routeserver-b-settings bears the mark of another commit');
  });

  it('those that a hand changed under the mark are a gap, and no more once a sync has put them back', async () => {
    let inForce = settings;
    await writeMarked(() => inForce);
    inForce = other;
    await writeSettings(api, 'b', other);
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(1);
    expect(lastWord()).toContain('ConfigMap routeserver-b-settings was changed after the side was marked');
    await sleep(1100);
    inForce = settings;
    await applySettings(api, 'b', settings, '5f2c');
    expect(await startGate({ revision: '5f2c' }).exitCode).toBe(0);
  });
});

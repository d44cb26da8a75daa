import { setTimeout as sleep } from 'node:timers/promises';
import { gateArguments, type GateAgent, type GateIntent } from '@meshrs/contract';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '@meshrs/test-kit/daemon';
import { eventually } from '@meshrs/test-kit/wait';
import { beforeAll, describe, expect, it } from 'vitest';
import { readContainerfile } from '../../image/containerfile.ts';
import { writeStartupSnapshot } from '../../image/startup-snapshot.ts';
import { createApiClient } from '../../src/sources/kubernetes/api-client.ts';
import { inClusterAccess } from '../../src/sources/kubernetes/in-cluster.ts';
import { builtProgram } from '../built-program.ts';
import { createMemoryEngine } from '../memory-engine.ts';
import { ip, peersOf, startTestSidecar, type TestSidecar } from '../start-sidecar.ts';
import { serve, writePod, writeSettings, writeSide } from './gate-cluster.ts';
import {
  account,
  api,
  apiEnv,
  client,
  closing,
  gateIntent,
  justNow,
  lastWord,
  longAgo,
  revision,
  scratch,
  settings,
  startGate,
  startGateOf,
  template,
  told,
  unmarked,
  writeServing,
  writeServingPod,
} from './gate-under-test.ts';

describe('with real agents', () => {
  it('waits until settings that were written to the ConfigMap are in force and the clients are there', async () => {
    const agents = new Map<string, TestSidecar>();
    for (const side of ['a', 'b']) {
      const engine = createMemoryEngine();
      const agent = await startTestSidecar({ settings, engine, podName: `routeserver-${side}-0` });
      agents.set(side, agent);
      closing.push(agent.remove);
      await eventually(
        () => peersOf(engine),
        (peers) => peers.length === 1,
      );
      engine.setSession(ip('192.0.2.1'), client('192.0.2.1'));
      await writeSide(api, side, { settings });
      await writePod(api, side, { address: agent.address });
    }
    const newSettings = settings.replace('198.51.100.0/24', '203.0.113.0/24');
    await writeSettings(api, 'a', newSettings);

    const gate = startGate({ timeoutSeconds: 30 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    const [first] = gate.lines();
    expect(first).toMatchObject({
      event: 'gate-waiting',
      obstacles: [
        'side a does not run what was committed: routeserver-a-0 has older settings than its ConfigMap',
        // The first look only begins to listen.
        expect.stringContaining(
          'from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes',
        ),
      ],
    });
    await agents.get('a')?.pod.writeSettings(newSettings);

    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().at(-1)).toMatchObject({ event: 'gate-open', why: 'clients-elsewhere', clients: 1 });
    expect(lastWord()).toMatch(
      /^Gate opened for side b after [\d.]+ s: its 1 client has a session with routes on side a\. Two looks, 3 s or more apart, agree\.$/,
    );
    expect(gate.errors()).toBe('');
  });
});

/** A client of both sides, and agents of them; what each engine has of it is the test's. */
async function startAgents(sideRevision?: string): Promise<ReadonlyMap<string, ReturnType<typeof createMemoryEngine>>> {
  const engines = new Map<string, ReturnType<typeof createMemoryEngine>>();
  for (const side of ['a', 'b']) {
    const engine = createMemoryEngine();
    const agent = await startTestSidecar({ settings, engine, podName: `routeserver-${side}-0` });
    engines.set(side, engine);
    closing.push(agent.remove);
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    engine.setSession(ip('192.0.2.1'), client('192.0.2.1', { uptimeSeconds: 600, receivedMessages: 70 }));
    await writeSide(api, side, { settings, ...(sideRevision !== undefined && { sideRevision }) });
    await writePod(api, side, { address: agent.address });
  }
  return engines;
}

/** Each answer is another one, as a session's age is: of the one before the last nothing is left to compare with. */
function live(
  engine: ReturnType<typeof createMemoryEngine> | undefined,
  receivedMessages: () => number,
): NodeJS.Timeout {
  let uptimeSeconds = 601;
  return setInterval(() => {
    engine?.setSession(ip('192.0.2.1'), client('192.0.2.1', { uptimeSeconds, receivedMessages: receivedMessages() }));
    uptimeSeconds += 1;
  });
}

/** The first look only begins to listen: what its answers count may be of before. A later one counts anew. */
const untilItCounts = (): Promise<void> => sleep(3000);

describe('with real agents, of which nothing changes', () => {
  it('opens when the client has sent one message since, and none between the looks that agree', async () => {
    const engines = await startAgents('5f2c');
    const gate = startGate({ revision: '5f2c', timeoutSeconds: 40 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    expect(JSON.stringify(gate.lines())).toContain('from which no BGP message has arrived');
    await untilItCounts();
    const life = live(engines.get('a'), () => 71);
    const exitCode = await gate.exitCode;
    clearInterval(life);
    expect(exitCode).toBe(0);
    expect(lastWord()).toContain('it is marked as committed, and its route servers run that');
  });
});

describe('with real agents, and a client that is missing for long', () => {
  it('stays shut when it is back and the other one has been silent since', async () => {
    const engines = await startAgents();
    let messages = 70;
    const life = live(engines.get('a'), () => messages);
    engines.get('b')?.setClient(ip('192.0.2.2'), client('192.0.2.2', { kind: 'range-client' }));
    const gate = startGate({ timeoutSeconds: 20 }, { ...longAgo, heardForMs: 2000 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    await untilItCounts();
    messages += 1;
    // From now on nothing but the missing one is lacking. The other one says no more, as where its way to the VIP is gone.
    await eventually(gate.lines, (lines) => !JSON.stringify(lines.at(-1)).includes('192.0.2.1'));
    await sleep(3000);
    engines.get('a')?.setClient(ip('192.0.2.2'), client('192.0.2.2', { kind: 'range-client', uptimeSeconds: 1 }));
    const exitCode = await gate.exitCode;
    clearInterval(life);
    expect(exitCode).toBe(1);
    expect(lastWord()).toContain(
      'from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes',
    );
  });
});

describe('with a side in another cluster', () => {
  const startAgent = async (podRevision: string, podName?: string) => {
    const engine = createMemoryEngine();
    const agent = await startTestSidecar({ settings, engine, podRevision, ...(podName !== undefined && { podName }) });
    closing.push(agent.remove);
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    engine.setSession(ip('192.0.2.1'), client('192.0.2.1'));
    await eventually(
      () => agent.sidecar.status(),
      ({ readiness, engine: { isApplied } }) => readiness.isReady && isApplied,
    );
    return { engine, address: agent.address };
  };
  /** Only side b has objects here. */
  const startBefore = async (agents: readonly GateAgent[], changes: Partial<GateIntent> = {}) => {
    const b = await startAgent('5f2c', 'routeserver-b-0');
    await writeSide(api, 'b', { settings });
    await writePod(api, 'b', { address: b.address });
    const [, sideHere] = gateIntent({}).sides;
    if (!sideHere) throw new Error('there is no side b');
    return startGate({ sides: [{ name: 'a', settingsRevision: revision, agents }, sideHere], ...changes });
  };

  it('opens when its agents run what is wanted and have heard from the clients since the gate began', async () => {
    const { engine, address } = await startAgent('77aa');
    const gate = await startBefore([{ address, podRevision: '77aa' }], { timeoutSeconds: 40 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    expect(gate.lines()).toMatchObject([
      {
        event: 'gate-waiting',
        obstacles: [
          expect.stringContaining(
            'from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes',
          ),
        ],
      },
    ]);
    let receivedMessages = 30;
    const keepalives = setInterval(() => {
      engine.setSession(ip('192.0.2.1'), client('192.0.2.1', { receivedMessages: receivedMessages++ }));
    }, 500);
    expect(await gate.exitCode).toBe(0);
    clearInterval(keepalives);
    expect(gate.lines().at(-1)).toMatchObject({ event: 'gate-open', why: 'clients-elsewhere', clients: 1 });
  });

  it.each([
    [
      'another pod',
      { podRevision: '88bb' },
      (at: string) => `${at} is a pod of revision 77aa, but revision 88bb was committed`,
    ],
    [
      'other settings',
      { settingsRevision: 'f'.repeat(64) },
      (at: string) =>
        `${at} has settings of revision ${revision.slice(0, 12)}, but revision ffffffffffff was committed`,
    ],
  ])('refuses when %s was committed, and names agent and revisions', async (_, wanted, words) => {
    const { address } = await startAgent('77aa');
    const agents = [{ address, podRevision: '77aa', ...wanted }];
    const a = { name: 'a', settingsRevision: revision, ...wanted, agents };
    const gate = await startBefore(agents, { sides: [a, ...gateIntent({}).sides.slice(1)] });
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain(
      `Gate timed out after 2 s; side b was not changed: side a does not run what was committed: ${words(address)}`,
    );
  });

  it('refuses when an agent does not answer', async () => {
    const { address } = await startAgent('77aa');
    const gate = await startBefore([
      { address, podRevision: '77aa' },
      { address: '127.0.0.3', podRevision: '77aa' },
    ]);
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toContain('127.0.0.3 cannot be read (GET /clients of 127.0.0.3: ECONNREFUSED)');
  });
});

describe('the gate before side b', () => {
  it('opens when there is nothing of it', async () => {
    const gate = startGate();
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines()).toMatchObject([{ event: 'gate-waiting' }, { event: 'gate-open', why: 'nothing-there' }]);
    expect(lastWord()).toContain('the cluster has no StatefulSet and no pod of it yet');
  });

  it('refuses, and names the clients where Kubernetes reads it', async () => {
    await writeServing('a', [client('192.0.2.1')]);
    await writeServing('b', [client('192.0.2.1'), client('192.0.2.2', { name: 'dc4-border1' })]);
    const gate = startGate();
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toBe(
      'Gate timed out after 2 s; side b was not changed: 1 of its 2 clients has no session on side a: dc4-border1 (192.0.2.2). ' +
        'Fix their sessions with side a (the VIP of routeserver-a), or name clients that are switched off for long in gitops.gate.allowMissing; then sync again.',
    );
    expect(gate.errors()).toBe(`${lastWord()}\n`);
    const events = gate.lines().map(({ event }) => event);
    expect(events.at(-1)).toBe('gate-refused');
    expect(new Set(events.slice(0, -1))).toEqual(new Set(['gate-waiting']));
  });

  it('opens as soon as the missing client is back, and lets one through that may be missing', async () => {
    await writeServing('a', [client('192.0.2.1')]);
    await writeServing('b', [client('192.0.2.1'), client('192.0.2.2')]);
    const gate = startGate({ allowMissing: ['192.0.2.2'] });
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines()).toMatchObject([
      // The first look only begins to listen.
      {
        event: 'gate-waiting',
        obstacles: [expect.stringContaining('the gate began to listen, or for two minutes: client-192.0.2.1')],
      },
      {
        event: 'gate-warning',
        warning: 'client-192.0.2.2 (192.0.2.2) may be missing (gitops.gate.allowMissing): it has no session on side a',
      },
      { event: 'gate-waiting', obstacles: ['a second look that agrees, 3 s after the first'] },
      { event: 'gate-open' },
    ]);
    expect(lastWord()).toContain(
      ': 1 of its 2 clients has a session with routes on side a, and 1 may be missing. Two looks, 3 s or more apart, agree.\nclient-192.0.2.2 (192.0.2.2) may be missing',
    );
  });

  it('says no more than Kubernetes takes', async () => {
    const clients = Array.from({ length: 500 }, (_, index) =>
      client(`192.0.${String(index % 250)}.${String(index % 7)}`, { name: 'ü'.repeat(400) }),
    );
    await writeServing('a', []);
    await writeServing('b', clients);
    expect(await startGate({ timeoutSeconds: 1 }).exitCode).toBe(1);
    expect(Buffer.byteLength(lastWord())).toBeLessThanOrEqual(4096);
    expect(lastWord()).toMatch(/^Gate timed out after 1 s; side b was not changed: 500 of its 500 clients .* …$/s);
    expect(lastWord()).not.toContain('\uFFFD');
  });

  it.each([
    ['another status', (r: Answer) => r.writeHead(503).end(), 'status 503'],
    ['no JSON', (r: Answer) => r.end('<html>'), 'is not understood: it is no JSON'],
    [
      'another format',
      (r: Answer) => r.end('{"formatVersion":3}'),
      'is not understood: formatVersion: this program reads 1 and 2, and not 3',
    ],
    [
      'an answer cut short',
      (r: Answer) => r.writeHead(200, { 'content-length': 99 }).end('{', () => r.destroy()),
      ': ECONNRESET',
    ],
    ['no answer', () => undefined, 'no answer within 2 s'],
  ] as const)('takes %s for a route server that cannot be read', async (_, answer, why) => {
    const server = await serve(answer);
    closing.push(server.close);
    await writeServing('a', [client('192.0.2.1')]);
    await writeSide(api, 'b', { settings });
    await writePod(api, 'b', { address: server.address });
    expect(await startGate({ timeoutSeconds: 4 }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'the gate cannot read the status of routeserver-b-0, so it does not know its clients (GET /status of ',
    );
    expect(lastWord()).toContain(why);
  });

  it('ends with its own word when it is asked to', async () => {
    await writeServing('a', []);
    await writeServing('b', [client('192.0.2.1')]);
    const gate = startGate({ timeoutSeconds: 60 });
    await eventually(gate.lines, (lines) => lines.length > 0);
    gate.stop();
    expect(await gate.exitCode).toBe(1);
    expect(lastWord()).toBe(
      'Side b was not changed: the gate was asked to end before it opened; sync again when you like.',
    );
  });

  it('stays shut for a session that was silent since the side was changed', async () => {
    await writeServing('a', [client('192.0.2.1')]);
    await writeServing('b', [client('192.0.2.1')]);
    expect(await startGate({}, justNow).exitCode).toBe(1);
    expect(lastWord()).toContain(
      '1 of its 1 client has a session on side a from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes: client-192.0.2.1 (192.0.2.1)',
    );
  });

  it('takes any sync for a change where the StatefulSets have no mark of it', async () => {
    await writeServing('a', [client('192.0.2.1')]);
    await writeServing('b', [client('192.0.2.1')]);
    expect(await startGateOf(unmarked({}), longAgo).exitCode).toBe(1);
    expect(lastWord()).toContain('no BGP message has arrived since side a last changed and the gate began to listen');
  });

  it('opens when nothing of the side changes, whoever is missing', async () => {
    await writeSide(api, 'b', { settings, sideRevision: '5f2c' });
    await writeServingPod('b', () => told([client('192.0.2.1')]));
    const gate = startGate({ revision: '5f2c' });
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().at(-1)).toMatchObject({ event: 'gate-open', why: 'nothing-changes' });
    expect(lastWord()).toContain('it is marked as committed, and its route servers run that');
  });
});

describe('the gate before side a, which is broken', () => {
  const crashed = { waiting: { reason: 'CrashLoopBackOff' } };

  it.each([
    ['whose engine does not run', { address: '127.0.0.3', engine: crashed }],
    ['that never started', { engine: { waiting: { reason: 'PodInitializing' } }, phase: 'Pending' }],
    ['that has ended', { address: '127.0.0.3', engine: { terminated: { exitCode: 1 } }, phase: 'Failed' }],
  ])('opens for one %s, because all clients are on b', async (_, pod) => {
    await writeSide(api, 'a', { settings, readyReplicas: 0 });
    await writePod(api, 'a', pod);
    await writeServing('b', [client('192.0.2.1')]);
    expect(await startGate({ next: 'a' }).exitCode).toBe(0);
  });

  it('stays shut for one whose engine runs and whose agent is silent', async () => {
    await writeSide(api, 'a', { settings, readyReplicas: 0 });
    await writePod(api, 'a', { address: '127.0.0.3' });
    await writeServing('b', [client('192.0.2.1')]);
    expect(await startGate({ next: 'a' }).exitCode).toBe(1);
    expect(lastWord()).toContain(
      'the gate cannot read the status of routeserver-a-0, so it does not know its clients (GET /clients of 127.0.0.3: ECONNREFUSED)',
    );
  });
});

describe('rights', () => {
  const ask = (path: string) => {
    const own = createApiClient(inClusterAccess(api, account));
    return own.get(path, AbortSignal.timeout(5000)).finally(own.close);
  };

  it.each([
    '/api/v1/namespaces/meshrr/secrets',
    '/api/v1/namespaces/meshrr/serviceaccounts',
    '/api/v1/namespaces/default/configmaps',
    '/api/v1/namespaces/meshrr/pods/routeserver-a-0',
    '/api/v1/namespaces/meshrr/pods/routeserver-a-0/proxy/status',
    '/apis/apps/v1/namespaces/meshrr/deployments',
    '/apis/apps/v1/namespaces/default/statefulsets',
    '/apis/discovery.k8s.io/v1/namespaces/meshrr/endpointslices',
    '/api/v1/namespaces/default/pods',
    '/api/v1/nodes',
  ])('of the generated Role do not cover %s', async (path) => {
    await expect(ask(path)).rejects.toMatchObject({ code: 'api-forbidden' });
  });

  it('that are missing are named, and nothing is touched', async () => {
    writeFileSync(join(account, 'token'), api.tokens.nobody);
    expect(await startGate().exitCode).toBe(1);
    expect(lastWord()).toMatch(
      /^Gate timed out after 2 s; side b was not changed: The Kubernetes API answered 403: .* Whoever asks needs a Role with verb list on pods, and get on the StatefulSets and ConfigMaps that its arguments name\.$/,
    );
  });
});

describe('as a process, as the image starts it', () => {
  let program = '';
  const snapshot = join(scratch.folder, 'snapshot');
  const { entrypoint, env: imageEnv } = readContainerfile(
    readFileSync(join(import.meta.dirname, '../../Containerfile'), 'utf8'),
    {},
  );
  const flags = entrypoint
    .slice(1, -1)
    .map((flag) => (flag.startsWith('--snapshot-blob=') ? `--snapshot-blob=${snapshot}` : flag));
  beforeAll(async () => {
    program = builtProgram();
    await writeStartupSnapshot(snapshot, { node: process.execPath, program });
  });
  const start = () =>
    startDaemon(
      process.execPath,
      [...flags, program, ...gateArguments(gateIntent({ timeoutSeconds: 60 })), '--root', scratch.folder],
      { ...environmentOf(imageEnv), ...apiEnv() },
    );

  it('opens when the clients have come up since the side was changed', async () => {
    await writeServing('a', [client('192.0.2.1', { uptimeSeconds: 0 })]);
    await writeServing('b', [client('192.0.2.1')]);
    const gate = start();
    await eventually(
      () => gate.isRunning(),
      (isRunning) => !isRunning,
      40_000,
    );
    expect(gate.output()).toContain('"event":"gate-open","why":"clients-elsewhere"');
  });

  it('ends at SIGTERM with its own word', async () => {
    await writeServing('a', []);
    await writeServing('b', [client('192.0.2.1')]);
    const gate = start();
    await eventually(
      () => gate.output(),
      (output) => output.includes('gate-waiting'),
      10_000,
    );
    await gate.end('SIGTERM');
    expect(lastWord()).toContain('the gate was asked to end before it opened');
  });
});

it('revisions are those of the agent', () => {
  expect(template.settings.revision).toBe(revision);
});

function environmentOf(lines: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')];
    }),
  );
}

type Answer = Parameters<Parameters<typeof serve>[0]>[0];

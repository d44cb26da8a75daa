import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { agentPaths, bgpdCommand, bgpdProbeCommand, containers, ports, preStopCommand } from '@meshrs/contract';
import { parseAgentStatus, type SeenStatus } from '@meshrs/contract/status';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@meshrs/test-kit/wait';
import { client } from '../frr/client.ts';
import type { SpeakerAnswer, SpeakerRequest } from '../frr/speaker-process.ts';
import { buildAndUnpack, type UnpackedImage } from './image-root.ts';
import { clientAddress, podAddress, startPodNetwork, type Pod, type PodNetwork, type RunningContainer } from './pod.ts';
import { createScratch } from '@meshrs/test-kit/scratch';

const scratch = createScratch();
const drain = { gracefulShutdownSeconds: 3, ceaseSeconds: 1, holdSeconds: 0 };
const names = ['rs-a-0', 'rs-b-0', 'rs-c-0'];
const settings = `asn: "65000"
mode: evpnrs
engine: frr
routerIds: {rs-a-0: 192.0.2.101, rs-b-0: 192.0.2.102, rs-c-0: 192.0.2.103}
drain: {gracefulShutdownSeconds: ${String(drain.gracefulShutdownSeconds)}, ceaseSeconds: ${String(drain.ceaseSeconds)}}
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: {sourcetype: static, addresses: [${names.map((_, index) => podAddress(index + 1)).join(', ')}]}
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [10.98.100.0/24]
    asranges: ["65001-65100"]
`;

let network: PodNetwork;
let agentImage: UnpackedImage;
let frrImage: UnpackedImage;
let speakers: ChildProcess;
const pods: Pod[] = [];
const agents: RunningContainer[] = [];
const engines: RunningContainer[] = [];

beforeAll(async () => {
  agentImage = await buildAndUnpack('agent', scratch.folder);
  frrImage = await buildAndUnpack('frr', scratch.folder);
  network = await startPodNetwork(scratch.folder);
  for (const [index, name] of names.entries()) {
    const pod = await network.startPod(index + 1, name);
    writeFileSync(path.join(pod.volume('settings'), 'meshrr.conf.yml'), settings);
    pods.push(pod);
  }
  speakers = network.startClientProcess([
    process.execPath,
    path.join(import.meta.dirname, '../frr/speaker-process.ts'),
  ]);
});
afterAll(async () => {
  await network.end();
  scratch.remove();
});

const the = <T>(list: readonly T[], index: number): T => {
  const one = list[index];
  if (one === undefined) throw new Error(`there is no number ${String(index)}`);
  return one;
};

/** GET of the agent's HTTP as the kubelet does it, to the pod's address, or inside the pod, where a port-forward arrives. */
async function get(
  pod: Pod,
  httpPath: string,
  address = pod.address,
): Promise<{ readonly status: number; readonly body: string }> {
  const code = `fetch('http://${address}:${String(ports.agent)}${httpPath}').then(async (r) => console.log(JSON.stringify({status: r.status, body: await r.text()})), (e) => console.log(JSON.stringify({status: 0, body: String(e.cause)})))`;
  const { output } = await pod.inNetwork([process.execPath, '-e', code]);
  const line =
    output.split('\n').find((each) => each.startsWith('{')) ?? `{"status":0,"body":${JSON.stringify(output)}}`;
  return JSON.parse(line) as { status: number; body: string };
}

async function statusOf(pod: Pod): Promise<SeenStatus> {
  return parseAgentStatus(JSON.parse((await get(pod, agentPaths.status)).body));
}

let asked = 0;
function ask(request: SpeakerRequest): Promise<SpeakerAnswer> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    const listen = (message: { id: number; answer: SpeakerAnswer }) => {
      if (message.id !== id) return;
      speakers.off('message', listen);
      resolve(message.answer);
    };
    speakers.on('message', listen);
    speakers.send({ id, request });
  });
}

describe('three pods of the real images', () => {
  it('init writes the configuration of the engine', async () => {
    for (const pod of pods) {
      const { status, output } = await pod.run(containers.init, agentImage, ['init']);
      expect(output).toContain('Initializing pod');
      expect(status).toBe(0);
      expect(readFileSync(path.join(pod.volume('config'), 'frr.conf'), 'utf8')).toContain('router bgp 65000');
    }
  });

  it('runs as any user, and says what is wrong when the settings are', async () => {
    const pod = the(pods, 0);
    expect(await pod.run('any-user', agentImage, ['--version'], '12345:54321')).toMatchObject({ status: 0 });
    const wrong = path.join(pod.volume('settings'), 'meshrr.conf.yml');
    writeFileSync(wrong, settings.replace('asn: "65000"', 'asn: 65000'));
    const { status, output } = await pod.run('wrong', agentImage, ['init'], '12345:54321');
    writeFileSync(wrong, settings);
    expect(status).toBe(1);
    expect(output).toContain('error unquoted at asn');
  });

  it('the sidecar starts before its engine, and the mesh of three converges', async () => {
    for (const pod of pods) agents.push(pod.start(containers.agent, agentImage, ['sidecar']));
    const first = await eventually(
      () => get(the(pods, 0), agentPaths.ready),
      ({ status }) => status !== 0,
      20_000,
    );
    expect(first.status).toBe(503);
    for (const pod of pods) engines.push(pod.start(containers.engine.frr, frrImage, bgpdCommand));
    for (const pod of pods) {
      await eventually(
        () => get(pod, agentPaths.ready),
        ({ status }) => status === 200,
        30_000,
      );
    }
    const status = await statusOf(the(pods, 0));
    expect(listOf(status)?.filter(({ kind }) => kind === 'mesh')).toMatchObject([
      { address: podAddress(2), state: 'established', remoteRouterId: '192.0.2.102', endOfRib: { received: true } },
      { address: podAddress(3), state: 'established', remoteRouterId: '192.0.2.103', endOfRib: { received: true } },
    ]);
    expect(status.engine).toMatchObject({ isApplied: true, unknownLines: [] });
    const inside = await get(the(pods, 0), agentPaths.status, '127.0.0.1');
    expect(parseAgentStatus(JSON.parse(inside.body)).agent.address).toBe(podAddress(1));
    // Each agent hears its bgpd's BMP: where it does not, it says so here.
    for (const pod of pods) {
      await eventually(
        async () => (await statusOf(pod)).engine.notUnderstood,
        (odd) => odd?.length === 0,
        10_000,
      );
    }
  });

  it('runs without any privilege: user, capabilities, seccomp, root file system', async () => {
    const pod = the(pods, 0);
    for (const container of [containers.agent, containers.engine.frr]) {
      const { output } = await pod.exec(container, ['cat', '/proc/1/status']);
      expect(output).toMatch(/^Uid:\t100\t100\t100\t100$/m);
      expect(output).toMatch(/^CapEff:\t0+$/m);
      expect(output).toMatch(/^CapBnd:\t0+$/m);
      expect(output).toMatch(/^NoNewPrivs:\t1$/m);
      expect(output).toMatch(/^Seccomp:\t2$/m);
    }
    const write = ['/usr/local/bin/node', '-e', "require('fs').writeFileSync('/usr/local/bin/x', '')"];
    expect((await pod.exec(containers.agent, write)).output).toContain('EROFS');
    expect((await pod.exec(containers.agent, ['/bin/sh', '-c', 'true'])).status).not.toBe(0);
    expect((await pod.exec(containers.agent, ['mesh-agent', 'evictions', 'list'])).output).toBe('Nobody is evicted.\n');
  });

  it('asks bgpd whether it hangs, in its own container, as its own user', async () => {
    const pod = the(pods, 0);
    const { status, output } = await pod.exec(containers.engine.frr, bgpdProbeCommand);
    expect(output).toMatch(/default/);
    expect(status).toBe(0);

    // Ten of them, to see what one takes: kubelet asks each ten seconds.
    const before = performance.now();
    for (let count = 0; count < 10; count += 1) await pod.exec(containers.engine.frr, bgpdProbeCommand);
    const milliseconds = (performance.now() - before) / 10;
    expect(milliseconds).toBeLessThan(1000);

    await pod.signal(containers.engine.frr, 'SIGSTOP');
    try {
      const probe = pod.exec(containers.engine.frr, bgpdProbeCommand);
      expect(await Promise.race([probe, sleep(3000, 'silence')])).toBe('silence');
      await pod.signal(containers.engine.frr, 'SIGCONT');
      expect(await probe).toMatchObject({ status: 0 });
    } finally {
      await pod.signal(containers.engine.frr, 'SIGCONT');
    }
  });

  it('passes routes between clients of two route servers, and drains one by its preStop', async () => {
    const [a, b] = [the(pods, 0), the(pods, 1)];
    await ask({
      kind: 'start',
      speakers: [
        client(clientAddress(1), 65001, a.address, { routes: 5 }),
        client(clientAddress(2), 65002, b.address, { routes: 5 }),
      ],
    });
    const first = clientAddress(1);
    const second = clientAddress(2);
    await eventually(
      () => ask({ kind: 'status' }),
      (seen) => seen[first]?.heldRoutes === 5 && seen[second]?.heldRoutes === 5,
      20_000,
    );
    const started = performance.now();
    const preStop = a.exec(containers.engine.frr, preStopCommand(drain));
    await eventually(
      () => ask({ kind: 'status' }),
      (seen) => seen[first]?.heldWithGracefulShutdown === 5,
      5000,
    );
    expect((await ask({ kind: 'status' }))[first]?.isEstablished).toBe(true);
    expect((await preStop).status).toBe(0);
    // No shorter than the drain; that it has not waited in vain is what its answer below says.
    expect((performance.now() - started) / 1000).toBeGreaterThan(4);
    expect((await ask({ kind: 'status' }))[first]?.notifications[0]).toMatchObject({
      code: 6,
      subcode: 2,
      message: 'meshrs: this route server is drained; use the other side',
    });
    await ask({ kind: 'stop', addresses: [first], how: 'silent' });
    expect(existsSync(path.join(a.volume('requests'), 'drain.done'))).toBe(true);
    expect((await get(a, agentPaths.ready)).status).toBe(503);
    expect((await statusOf(a)).drain).toMatchObject({ phase: 'drained', outcome: 'complete' });
    // The other side never noticed: its client's session is the first one, and its routes went only with the client.
    expect((await get(b, agentPaths.ready)).status).toBe(200);
    expect((await ask({ kind: 'status' }))[second]).toMatchObject({
      isEstablished: true,
      establishedCount: 1,
      dropCount: 0,
    });
  });

  it('ends within a moment of SIGTERM once the engine has ended, as the kubelet does it', async () => {
    expect(await the(engines, 0).end('SIGTERM')).toBe(0);
    const started = performance.now();
    expect(await the(agents, 0).end('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(the(agents, 0).output()).toContain('"event":"sidecar-stopped"');
  });

  it('takes its peers over when the agent is killed and started again, without a flap', async () => {
    const pod = the(pods, 1);
    const before = await becomesReady(pod);
    await the(agents, 1).end('SIGKILL');
    agents[1] = pod.start('agent-again', agentImage, ['sidecar']);
    const after = await becomesReady(pod);
    const dropped = (status: SeenStatus | undefined) =>
      listOf(status)?.map(({ address, establishedCount }) => `${address} ${String(establishedCount)}`);
    expect(dropped(after)).toEqual(dropped(before));
  });

  it('leaves its engine as it is at SIGTERM, and the next agent answers as if nothing had been', async () => {
    const pod = the(pods, 2);
    const before = await becomesReady(pod);
    const started = performance.now();
    expect(await the(agents, 2).end('SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(3000);
    expect(existsSync(path.join(pod.volume('requests'), 'drain.done'))).toBe(false);
    agents[2] = pod.start('agent-after-sigterm', agentImage, ['sidecar']);
    const after = await becomesReady(pod);
    expect(counts(after)).toEqual(counts(before));
    expect(after).toMatchObject({ drain: { phase: 'serving' }, engine: { restartCount: 0 } });
    // As Kubernetes does it beside a living engine in a pod that ends: its preStop has asked by then.
    await ask({ kind: 'start', speakers: [client(clientAddress(1), 65001, pod.address)] });
    await eventually(
      () => ask({ kind: 'status' }),
      (seen) => seen[clientAddress(1)]?.isEstablished === true,
      20_000,
    );
    const preStop = pod.exec(containers.engine.frr, preStopCommand(drain));
    await eventually(
      () => statusOf(pod),
      (status) => status.drain.phase === 'graceful-shutdown',
      5000,
    );
    expect(await the(agents, 2).end('SIGTERM')).toBe(0);
    expect((await preStop).status).toBe(0);
    expect(readFileSync(path.join(pod.volume('requests'), 'drain.done'), 'utf8')).toContain('"cause":"pre-stop"');
    expect((await ask({ kind: 'status' }))[clientAddress(1)]).toMatchObject({ isEstablished: false });
  });

  it('is drained still with the next agent, until that is told to take it back', async () => {
    const pod = the(pods, 2);
    agents[2] = pod.start('agent-of-the-drained', agentImage, ['sidecar']);
    const drained = await eventually(
      () => statusOf(pod).catch(() => undefined),
      (status) => status?.drain.phase === 'drained' && listOf(status) !== undefined,
      20_000,
    );
    expect(drained).toMatchObject({ drain: { cause: 'pre-stop', requestedBy: 'preStop of the engine' } });
    expect((await get(pod, agentPaths.ready)).status).toBe(503);
    const undrain = await pod.exec('agent-of-the-drained', ['mesh-agent', 'undrain']);
    expect(undrain).toMatchObject({ status: 0 });
    expect(undrain.output).toContain('Took back the drain that preStop of the engine asked for');
    expect(counts(await becomesReady(pod))).toEqual(counts(drained));
    await eventually(
      () => ask({ kind: 'status' }),
      (seen) => seen[clientAddress(1)]?.isEstablished === true,
      20_000,
    );
    expect((await pod.exec('agent-of-the-drained', ['mesh-agent', 'undrain'])).output).toContain(
      'Nothing to take back',
    );
  });

  it('is drained by a preStop whose agent is killed meanwhile, and serves when the engine starts again', async () => {
    const pod = the(pods, 2);
    const preStop = pod.exec(containers.engine.frr, preStopCommand(drain));
    await eventually(
      () => statusOf(pod),
      (status) => status.drain.phase === 'graceful-shutdown',
      5000,
    );
    await the(agents, 2).end('SIGKILL');
    agents[2] = pod.start('agent-of-the-prestop', agentImage, ['sidecar']);
    expect((await preStop).status).toBe(0);
    expect((await statusOf(pod)).drain).toMatchObject({ phase: 'drained', outcome: 'complete' });
    // The liveness probe of the engine: preStop, SIGTERM, and another container of the same pod.
    expect(await the(engines, 2).end('SIGTERM')).toBe(0);
    engines[2] = pod.start('frr-again', frrImage, bgpdCommand);
    // Not Ready yet: the first pod of the mesh is gone, and is waited for, for a minute.
    const after = await eventually(
      () => statusOf(pod).catch(() => undefined),
      // What is told may be a second old: of the bgpd before.
      (status) => status?.engine.isApplied === true && status.engine.restartCount === 1,
      20_000,
    );
    expect(after).toMatchObject({ drain: { phase: 'serving' }, engine: { restartCount: 1 } });
    expect(after?.readiness.reasons).toMatchObject([{ kind: 'mesh-not-converged' }]);
    expect(existsSync(path.join(pod.volume('requests'), 'drain.request'))).toBe(false);
    await eventually(
      () => ask({ kind: 'status' }),
      (seen) => seen[clientAddress(1)]?.isEstablished === true,
      20_000,
    );
  });
});

const counts = (status: SeenStatus | undefined) =>
  listOf(status)
    ?.filter(({ kind }) => kind === 'mesh')
    .map(({ address, establishedCount }) => `${address} ${String(establishedCount)}`);

/** On a busy machine a reading may be too old to be told as one: it waits for the next. */
const becomesReady = (pod: Pod) =>
  eventually(
    () => statusOf(pod).catch(() => undefined),
    (status) => status?.readiness.isReady === true && listOf(status) !== undefined,
    40_000,
  );

function listOf(status: SeenStatus | undefined) {
  return status?.sessions.kind === 'read' ? status.sessions.list : undefined;
}

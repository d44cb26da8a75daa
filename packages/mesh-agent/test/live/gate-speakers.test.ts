import type { BgpSession, GateIntent } from '@meshrs/contract';
import { eventually, waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPause } from '../../src/async/pause.ts';
import type { GateTiming } from '../../src/gate/gate-timing.ts';
import type { LogLine } from '../start-sidecar.ts';
import { applySettings, writeSide } from './gate-cluster.ts';
import {
  api,
  client,
  closing,
  gateIntent,
  lastWord,
  longAgo,
  scratch,
  settings,
  startGateOf,
  told,
  type GateRun,
  writeServing,
  writeServingPod,
} from './gate-under-test.ts';
import { makeNodes, nodeIsReady, patienceMs, startSpeakersCluster, type SpeakersCluster } from './speakers-cluster.ts';
import {
  budget,
  clearEvents,
  fleetTurn,
  grantInMetallb,
  installTurns,
  listServers,
  makeBudget,
  makeTurn,
  readSpec,
  removeBudget,
  removeTurn,
} from './turn-kind.ts';

const listed = '192.0.2.11';
const both = ['metallb-speaker', 'metallb-frr-k8s'];
let cluster: SpeakersCluster;
beforeAll(async () => {
  await installTurns(api);
  await grantInMetallb(api);
  cluster = startSpeakersCluster(api, scratch.folder);
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  await makeTurn(api);
  await makeBudget(api);
  closing.push(
    () => removeTurn(api),
    () => clearEvents(api),
    () => removeBudget(api),
    () => cluster.clear(),
  );
  await listServers(api, [listed]);
});
const timing = {
  ...longAgo,
  dialled: (server: string) => server.replace(listed, api.host),
  // Its pauses between two looks are most of what a gate does, and here everything else is quick.
  wait: (milliseconds: number, signal: AbortSignal) => createPause().wait(Math.min(milliseconds, 100), signal),
};
const turn = { name: fleetTurn, openSeconds: 60, budget };
const own = { POD_NAME: 'routeserver-b-gate', POD_UID: '0b7d2a3c-0000-4000-8000-00000000abcd' };
const one = client('192.0.2.1');
/** Where a look is to find that it waits in vain. */
const impatient = { ...timing, lookAgainMs: 3000 };
/** By which a minute is a second. */
const hurried = { monotonicMs: () => performance.now() * 60 };
async function waitsFor(gate: GateRun, what: string): Promise<void> {
  const says = ({ event, obstacles }: LogLine): boolean =>
    event === 'gate-waiting' && JSON.stringify(obstacles).includes(what);
  await waitFor(`it waits for ${what}`, gate.lines, (seen) => seen.some(says), patienceMs);
}

let gates = 0;
function startSpeakersGate(
  changes: Partial<GateIntent> = {},
  daemonSets = ['metallb-speaker'],
  of: Partial<GateTiming> = timing,
) {
  const absent = both.filter((name) => !daemonSets.includes(name));
  const speakers = { namespace: 'metallb', daemonSets, absent, revision: 'new' };
  // A gate in a sync that is tried again is another pod.
  gates += 1;
  const pod = { ...own, POD_UID: own.POD_UID.replace(/.{4}$/, String(1000 + gates)) };
  return startGateOf(gateIntent({ timeoutSeconds: 60, turn, speakers, ...changes }), of, pod);
}

/** Speakers of an older revision run, Ready, and a commit has brought another template. */
async function outdated(nodes: Parameters<typeof makeNodes>[1], names = ['metallb-speaker']): Promise<void> {
  await makeNodes(api, nodes);
  for (const name of names) await cluster.applySet(name, 'old');
  await allReady(names.length * Object.keys(nodes).length);
  for (const name of names) await cluster.applySet(name, 'new', `metallb/${name}:v2`);
}

/** The same, where the gate before side a has done its work. */
async function outdatedOnB(nodes: Parameters<typeof makeNodes>[1], names = ['metallb-speaker']): Promise<void> {
  await outdated(nodes, names);
  await cluster.renew((node) => nodes[node]?.side === 'a');
  await allReady(names.length * Object.keys(nodes).length);
}

/** A kubelet has told of it. */
function hasReady({ conditions = [] }: { readonly conditions?: readonly { readonly type: string }[] }): boolean {
  return conditions.some(({ type }) => type === 'Ready');
}

/** The pod of a node has gone, and the one in its place was told of. */
async function hasGone(node: string): Promise<void> {
  await waitFor('a pod goes', cluster.gone, (gone) => gone.includes(`metallb-speaker on ${node}`), patienceMs);
  await allReady(4);
}

async function allReady(count: number): Promise<void> {
  await waitFor(
    'all pods run',
    cluster.pods,
    (pods) => pods.length === count && pods.every(({ status }) => hasReady(status)),
    patienceMs,
  );
}

const fourNodes = { kube1: { side: 'a' }, kube2: { side: 'a' }, kube3: { side: 'b' }, kube4: { side: 'b' } };

it('brings the images, opens its side, and replaces the pods of its nodes alone, one after the other', async () => {
  await outdatedOnB({ ...fourNodes, master: {} }, both);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate({ pullSecrets: ['mirror'] }, both);
  expect(await gate.exitCode, gate.errors()).toBe(0);
  expect(await readSpec(api)).toMatchObject({ open: 'b', nodes: ['kube3', 'kube4', 'master'] });
  for (const name of both) {
    expect(await cluster.revisions(name)).toEqual([
      'kube1: new',
      'kube2: new',
      'kube3: new',
      'kube4: new',
      'master: new',
    ]);
  }
  const steps = gate.lines().filter(({ event }) => event === 'speakers-replaced');
  expect(steps.map(({ nodes }) => nodes)).toEqual([['kube3'], ['kube4'], ['master']]);
  expect(cluster.gone().map((what) => what.replace(/^.* on /, ''))).toEqual([
    ...['kube3', 'kube3', 'kube4', 'kube4'],
    ...['master', 'master'],
  ]);
  expect(lastWord()).toContain("MetalLB's pods on kube3, kube4, master were replaced");
  const brought = cluster.imagePods();
  expect(brought.map(({ spec }) => spec.nodeName).sort()).toEqual(['kube3', 'kube4', 'master']);
  for (const { spec, metadata } of brought) {
    expect(spec.containers.map(({ image }) => image)).toEqual(both.map((name) => `metallb/${name}:v2`));
    expect(spec.imagePullSecrets).toEqual([{ name: 'mirror' }]);
    expect(metadata.ownerReferences).toEqual([expect.objectContaining({ kind: 'Pod', name: own.POD_NAME })]);
  }
});

it('touches nothing, and opens nothing, where a node cannot have the image', async () => {
  await outdated(fourNodes);
  await cluster.applySet('metallb-speaker', 'new', 'metallb/missing:v3');
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate();
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('image metallb/missing:v3 on node kube3: ErrImageNeverPull: not found');
  expect(lastWord()).toContain('No pod of MetalLB was deleted, and side b was not changed.');
  expect(await readSpec(api)).toBeUndefined();
  expect(cluster.gone()).toEqual([]);
});

it('waits for the DaemonSets of the commit, and refuses where they do not come', async () => {
  await outdatedOnB(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const late = startSpeakersGate({ timeoutSeconds: 3 }, both);
  expect(await late.exitCode).toBe(1);
  expect(lastWord()).toContain('DaemonSet metallb-frr-k8s of MetalLB: it is not there');
  expect(await readSpec(api)).toBeUndefined();

  await cluster.applySet('metallb-speaker', 'older');
  const gate = startSpeakersGate();
  await eventually(gate.lines, (lines) => JSON.stringify(lines).includes('it is at revision older'));
  expect(cluster.gone()).toEqual([]);
  await cluster.applySet('metallb-speaker', 'new');
  expect(await gate.exitCode, gate.errors()).toBe(0);
});

it('stops at the first node whose new pod does not get Ready, closes the turn, and takes no further one when it is tried again', async () => {
  await outdatedOnB(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate();
  await hasGone('kube3');
  gate.stop();
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain(
    "MetalLB's pods of side b are not all replaced: the gate was asked to end. No node has its new pods; on kube3 the old pods were deleted and the new ones are not seen Ready.",
  );
  expect(await readSpec(api)).toMatchObject({ open: 'none' });
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);
  expect(await cluster.revisions('metallb-speaker')).toContain('kube4: old');

  const inVain = startSpeakersGate({}, undefined, { ...timing, clock: hurried });
  expect(await inVain.exitCode).toBe(1);
  expect(lastWord()).toMatch(
    /after 120 s it still waits for pod metallb-speaker-\S+ on node kube3, which is not Ready \(CrashLoopBackOff: back-off\)/,
  );
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);

  const again = startSpeakersGate();
  await waitsFor(again, 'which is not Ready');
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);
  cluster.mendNode('kube3');
  expect(await again.exitCode, again.errors()).toBe(0);
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3', 'metallb-speaker on kube4']);
});

it('looks again before each node: what was kept elsewhere when it opened may not be any more', async () => {
  await outdated(fourNodes);
  let kept = [one];
  await writeSide(api, 'a', { settings });
  await writeServingPod('a', () => told(kept));
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate({}, undefined, impatient);
  await hasGone('kube3');
  kept = [];
  cluster.mendNode('kube3');
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('the clients of the side are not all kept by another one any more');
  expect(lastWord()).toContain('192.0.2.1');
  expect(lastWord()).toContain('Those on kube3 are replaced.');
  expect(await cluster.revisions('metallb-speaker')).toEqual(['kube1: old', 'kube2: old', 'kube3: new', 'kube4: old']);
  expect(await readSpec(api)).toMatchObject({ open: 'none' });
});

it('looks again before it passes', async () => {
  await outdated({ ...fourNodes, kube4: { side: 'b', isReady: false } });
  let kept = [one];
  await writeSide(api, 'a', { settings });
  await writeServingPod('a', () => told(kept));
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate({}, undefined, impatient);
  await hasGone('kube3');
  kept = [];
  cluster.mendNode('kube3');
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('the clients of the side are not all kept by another one any more');
});

it('stops when a newer commit changes a DaemonSet while it replaces', async () => {
  await outdated(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate();
  await hasGone('kube3');
  await cluster.applySet('metallb-speaker', 'newer', 'metallb/metallb-speaker:v3');
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('DaemonSet metallb-speaker was changed meanwhile, as by a newer commit');
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);
});

it('stops, too, when the newer one has the same revision, and comes between two nodes', async () => {
  await outdated(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate();
  await hasGone('kube3');
  await cluster.applySet('metallb-speaker', 'new', 'metallb/metallb-speaker:v3');
  cluster.mendNode('kube3');
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('DaemonSet metallb-speaker was changed meanwhile');
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);
});

it('takes a chart back on the side that it broke, before the one that alone keeps the clients', async () => {
  // Both sides have pods of a chart by which b lost its clients, and a commit takes the chart back, and nothing else.
  await outdated(fourNodes);
  await writeSide(api, 'a', { settings, sideRevision: 'new' });
  await applySettings(api, 'a', settings, 'new');
  await writeServingPod('a', () => told([one]));
  let back: BgpSession[] = [];
  await writeSide(api, 'b', { settings, sideRevision: 'new' });
  await applySettings(api, 'b', settings, 'new');
  await writeServingPod('b', () => told(back));

  const first = startSpeakersGate({ next: 'a', timeoutSeconds: 8 });
  await waitsFor(first, '192.0.2.1');
  expect(await first.exitCode, first.errors()).toBe(0);
  expect(lastWord()).toContain("MetalLB's pods on kube1, kube2 stay as they were: the turn of side a stays closed");
  expect(cluster.gone()).toEqual([]);
  const second = startSpeakersGate({ next: 'b' });
  expect(await second.exitCode).toBe(1);
  expect(lastWord()).toContain("MetalLB's pods of side a could not be replaced before");
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3', 'metallb-speaker on kube4']);

  back = [one];
  const third = startSpeakersGate({ next: 'a' });
  expect(await third.exitCode, third.errors()).toBe(0);
  const last = startSpeakersGate({ next: 'b' });
  expect(await last.exitCode, last.errors()).toBe(0);
  expect(await cluster.revisions('metallb-speaker')).toEqual(['kube1: new', 'kube2: new', 'kube3: new', 'kube4: new']);
});

it('goes on where nodes of no side go wrong, and names them and those of no known side', async () => {
  await outdated({ kube3: { side: 'b' }, odd: { side: 'c' }, master: {}, worker: {} });
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('master');
  const gate = startSpeakersGate({}, undefined, { ...timing, clock: hurried });
  expect(await gate.exitCode, gate.errors()).toBe(0);
  expect(await cluster.revisions('metallb-speaker')).toEqual(['kube3: new', 'master: new', 'odd: old', 'worker: new']);
  expect(lastWord()).toContain('odd (its label says side c, which is no side of this cluster)');
  expect(lastWord()).toMatch(/master \(pod metallb-speaker-\S+ on node master, which is not Ready/);
});

it('replaces nothing beside what makes the sessions of another backend', async () => {
  await outdated(fourNodes, both);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate({ timeoutSeconds: 3 });
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('the end of DaemonSet metallb-frr-k8s, which is of another backend');
  expect(cluster.gone()).toEqual([]);
  expect(cluster.imagePods()).toEqual([]);
});

it('takes an image pod that was evicted for none that has brought its image', async () => {
  await outdated(fourNodes);
  await cluster.applySet('metallb-speaker', 'new', 'metallb/evicted:v3');
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate();
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain('image metallb/evicted:v3 on node kube3: Evicted: disk pressure');
  expect(cluster.gone()).toEqual([]);
});

it('has no pod made and none deleted where nothing is outdated', async () => {
  await makeNodes(api, fourNodes);
  await cluster.applySet('metallb-speaker', 'new');
  await allReady(4);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate();
  expect(await gate.exitCode, gate.errors()).toBe(0);
  expect(cluster.imagePods()).toEqual([]);
  expect(cluster.gone()).toEqual([]);
  expect(await readSpec(api)).toMatchObject({ open: 'b', nodes: ['kube3', 'kube4'] });
});

it('leaves a node that is not Ready, also where it becomes so after the images were brought', async () => {
  await outdatedOnB({ ...fourNodes, kube4: { side: 'b', isReady: false } });
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate();
  await hasGone('kube3');
  await nodeIsReady(api, 'kube4');
  cluster.mendNode('kube3');
  expect(await gate.exitCode, gate.errors()).toBe(0);
  expect(await cluster.revisions('metallb-speaker')).toEqual(['kube1: new', 'kube2: new', 'kube3: new', 'kube4: old']);
  expect(lastWord()).toContain('kube4 (the node is not Ready)');
  expect(cluster.imagePods().map(({ spec }) => spec.nodeName)).toEqual(['kube3']);
});

it('leaves a side that has a client which no other keeps', async () => {
  await outdated(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one, client('192.0.2.2')]);
  const refused = startSpeakersGate({ timeoutSeconds: 4 });
  expect(await refused.exitCode).toBe(1);
  expect(cluster.gone()).toEqual([]);
  expect(await cluster.revisions('metallb-speaker')).toContain('kube3: old');
});

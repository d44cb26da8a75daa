import type { GateIntent } from '@meshrs/contract';
import { eventually, waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  api,
  client,
  closing,
  gateIntent,
  lastWord,
  longAgo,
  scratch,
  startGateOf,
  writeServing,
} from './gate-under-test.ts';
import { makeNodes, patienceMs, startSpeakersCluster, type SpeakersCluster } from './speakers-cluster.ts';
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
  cluster = await startSpeakersCluster(api, scratch.folder);
}, 120_000);
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
const timing = { ...longAgo, dialled: (server: string) => server.replace(listed, api.host) };
const turn = { name: fleetTurn, openSeconds: 60, budget };
const own = { POD_NAME: 'routeserver-b-gate', POD_UID: '0b7d2a3c-0000-4000-8000-00000000abcd' };
const one = client('192.0.2.1');

function startSpeakersGate(changes: Partial<GateIntent> = {}, daemonSets = ['metallb-speaker']) {
  const speakers = { namespace: 'metallb', daemonSets, revision: 'new' };
  return startGateOf(gateIntent({ timeoutSeconds: 60, turn, speakers, ...changes }), timing, own);
}

/** Speakers of an older revision run, Ready, and a commit has brought another template. */
async function outdated(nodes: Parameters<typeof makeNodes>[1], names = ['metallb-speaker']): Promise<void> {
  await makeNodes(api, nodes);
  for (const name of names) await cluster.applySet(name, 'old');
  await allReady(names.length * Object.keys(nodes).length);
  for (const name of names) await cluster.applySet(name, 'new', `metallb/${name}:v2`);
}

function hasReady({ conditions = [] }: { readonly conditions?: readonly { readonly type: string }[] }): boolean {
  return conditions.some(({ type }) => type === 'Ready');
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
  await outdated({ ...fourNodes, master: {} }, both);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  const gate = startSpeakersGate({}, both);
  expect(await gate.exitCode, gate.errors()).toBe(0);
  expect(await readSpec(api)).toMatchObject({ open: 'b', nodes: ['kube3', 'kube4', 'master'] });
  for (const name of both) {
    expect(await cluster.revisions(name)).toEqual([
      'kube1: old',
      'kube2: old',
      'kube3: new',
      'kube4: new',
      'master: new',
    ]);
  }
  const steps = gate.lines().filter(({ event }) => event === 'speakers-replaced');
  expect(steps.map(({ nodes }) => nodes)).toEqual([['master'], ['kube3'], ['kube4']]);
  expect(cluster.gone().map((what) => what.replace(/^.* on /, ''))).toEqual([
    ...['master', 'master'],
    ...['kube3', 'kube3', 'kube4', 'kube4'],
  ]);
  expect(lastWord()).toContain("MetalLB's pods on master, kube3, kube4 were replaced");
  const brought = cluster.imagePods();
  expect(brought.map(({ spec }) => spec.nodeName).sort()).toEqual(['kube3', 'kube4', 'master']);
  for (const { spec, metadata } of brought) {
    expect(spec.containers.map(({ image }) => image)).toEqual(both.map((name) => `metallb/${name}:v2`));
    expect(metadata.ownerReferences).toEqual([
      expect.objectContaining({ kind: 'Pod', name: own.POD_NAME, uid: own.POD_UID }),
    ]);
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
  await outdated(fourNodes);
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

it('stops at the first node whose new pod does not get Ready, and closes the turn', async () => {
  await outdated(fourNodes);
  await writeServing('a', [one]);
  await writeServing('b', [one]);
  cluster.breakNode('kube3');
  const gate = startSpeakersGate();
  await waitFor('a pod goes', cluster.gone, (gone) => gone.length > 0, patienceMs);
  await allReady(4);
  gate.stop();
  expect(await gate.exitCode).toBe(1);
  expect(lastWord()).toContain("MetalLB's pods of side b are not all replaced");
  expect(await readSpec(api)).toMatchObject({ open: 'none' });
  expect(cluster.gone()).toEqual(['metallb-speaker on kube3']);
  expect(await cluster.revisions('metallb-speaker')).toContain('kube4: old');
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

it('leaves a node that is not Ready, and one whose side has a client that no other keeps', async () => {
  await outdated({ ...fourNodes, kube4: { side: 'b', isReady: false } });
  await writeServing('a', [one]);
  await writeServing('b', [one, client('192.0.2.2')]);
  const refused = startSpeakersGate({ timeoutSeconds: 4 });
  expect(await refused.exitCode).toBe(1);
  expect(cluster.gone()).toEqual([]);
  expect(await cluster.revisions('metallb-speaker')).toContain('kube3: old');
});

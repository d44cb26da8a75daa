import type { KubernetesObject } from '@meshrs/manifests';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathOf, startGuardedCluster, users, type Answer, type GuardedCluster, type Request } from './guarded-cluster.ts';

/*
 * What a commit before generated, and this one does not: its name is in no policy. One of side b, which is there still, and
 * one of side c, which the topology does not know any more.
 */
let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
  for (const side of ['b', 'c']) await makeLeftovers(side);
}, 180_000);
afterAll(async () => {
  await cluster.stop();
});

const until = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
const opened = (open: string) => ({ open, by: users.gate, reason: 'a gate before what is removed', until });
const set = (side: string) => `/apis/apps/v1/namespaces/meshrr/statefulsets/old-${side}`;
const core = '/api/v1/namespaces/meshrr';

type Change = readonly [what: string, request: (side: string) => Omit<Request, 'as'>];
const patched = (path: (side: string) => string, body: unknown): Change[1] => {
  return (side) => ({ method: 'PATCH', path: path(side), body });
};
const changes: readonly Change[] = [
  ['more replicas', patched(set, { spec: { replicas: 3 } })],
  ['kubectl scale', patched((side) => `${set(side)}/scale`, { spec: { replicas: 0 } })],
  ['another template', patched(set, { spec: { template: { spec: { terminationGracePeriodSeconds: 5 } } } })],
  ['the label of its side off', patched(set, { metadata: { labels: { side: null } } })],
  ['the label of this program off', patched(set, { metadata: { labels: { 'app.kubernetes.io/part-of': null } } })],
  ['another pod image', patched((side) => `${core}/pods/old-${side}-0`, { spec: { activeDeadlineSeconds: 9 } })],
  ['a pod without its label', patched((side) => `${core}/pods/old-${side}-0`, { metadata: { labels: { app: null } } })],
  ['other settings', patched((side) => `${core}/configmaps/old-${side}-settings`, { data: { a: 'b' } })],
  [
    'another address of the pool',
    patched((side) => `/apis/metallb.io/v1beta1/namespaces/metallb/ipaddresspools/old-${side}`, {
      spec: { addresses: ['192.0.2.7/32'] },
    }),
  ],
  ...[
    (side: string) => `${core}/pods/old-${side}-0?gracePeriodSeconds=0`,
    (side: string) => `${core}/configmaps/old-${side}-settings`,
    (side: string) => `${core}/services/old-${side}`,
    (side: string) => `/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies/old-${side}`,
    (side: string) => `/apis/metallb.io/v1beta1/namespaces/metallb/ipaddresspools/old-${side}`,
    (side: string) => `/apis/metallb.io/v1beta2/namespaces/metallb/bgppeers/old-${side}`,
    (side: string) => `/apis/metallb.io/v1beta1/namespaces/metallb/bgpadvertisements/old-${side}`,
    set,
  ].map((path): Change => [`deletion of ${path('x')}`, (side) => ({ method: 'DELETE', path: path(side) })]),
];

describe.each(['b', 'c'])('what no commit names any more, of side %s', (side) => {
  test.each(['closed', 'another side'])('nobody changes while the turn is %s', async (turn) => {
    await cluster.open(turn === 'closed' ? { open: 'none', by: users.gate } : opened('a'));
    for (const as of ['admin', 'argocd', 'alice', 'autoscaler'] as const) {
      const passed: string[] = [];
      for (const [what, request] of changes) {
        const { status, message } = await cluster.send({ as, ...request(side) });
        if (status !== 403 || !message.includes(` of side ${side} cannot be `)) passed.push(`${what}: ${message}`);
      }
      expect(passed).toEqual([]);
    }
  });

  test('whose turn it is, Argo CD deletes', async () => {
    await cluster.open(opened(side));
    const refused: string[] = [];
    for (const [what, request] of changes) {
      const { status, message } = await cluster.send({ as: 'argocd', ...request(side) });
      if (status >= 300 && status !== 404) refused.push(`${what}: ${message}`);
      if (what.includes(' off') || what.includes('without')) await makeLeftovers(side);
    }
    expect(refused).toEqual([]);
  });
});

test('what a user labelled, and nobody generated, is the user’s', async () => {
  await cluster.open({ open: 'none', by: users.gate });
  const metadata = { name: 'notes', namespace: 'meshrr', labels: { side: 'a' } };
  const path = `${core}/configmaps`;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  expect(await cluster.send({ as: 'alice', method: 'POST', path, body })).toMatchObject({ status: 201 });
  const changed = { as: 'alice', method: 'PATCH', path: `${path}/notes`, body: { data: { a: 'b' } } } as const;
  expect(await cluster.send(changed)).toMatchObject({ status: 200 });
  expect(await cluster.send({ as: 'alice', method: 'DELETE', path: `${path}/notes` })).toMatchObject({ status: 200 });
});

/** Copies of side b's objects under names of before, with a pod, as whom no policy stops. */
async function makeLeftovers(side: string): Promise<void> {
  const kinds = ['StatefulSet', 'ConfigMap', 'NetworkPolicy', 'IPAddressPool', 'BGPPeer', 'BGPAdvertisement', 'Service'];
  const ofB = cluster.objects.filter(({ metadata }) => metadata.labels?.['side'] === 'b');
  for (const kind of kinds) {
    const object = ofB.find((each) => each.kind === kind && !each.metadata.name.includes('mgmt'));
    if (!object) throw new Error(`Side b has no ${kind}.`);
    await make(renamed(object, side));
  }
  await make({
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: `old-${side}-0`, namespace: 'meshrr', labels: { app: 'meshrr-evpnrs', side } },
    spec: { containers: [{ name: 'c', image: 'registry.example.com/c:1' }], nodeName: 'dc2-node1' },
  } as KubernetesObject);
}

function renamed(object: KubernetesObject, side: string): KubernetesObject {
  const name = object.kind === 'ConfigMap' ? `old-${side}-settings` : `old-${side}`;
  const text = JSON.stringify({
    ...object,
    metadata: { ...object.metadata, name, ...(object.kind === 'Service' && { annotations: {} }) },
    // A second Service with the VIP, or pool and peer with the side's addresses, would be refused at its creation.
    ...(object.kind === 'Service' && { spec: { ports: [{ port: 179 }] } }),
    ...(object.kind === 'IPAddressPool' && { spec: { addresses: ['192.0.2.1/32'], autoAssign: false } }),
    ...(object.kind === 'BGPPeer' && { spec: { myASN: 1, peerASN: 2, peerAddress: '192.0.2.9' } }),
    ...(object.kind === 'BGPAdvertisement' && { spec: { ipAddressPools: [name] } }),
  });
  return JSON.parse(text.replaceAll('"side":"b"', `"side":"${side}"`)) as KubernetesObject;
}

async function make(object: KubernetesObject): Promise<Answer> {
  const path = pathOf(object);
  const as = object.kind === 'Pod' ? 'statefulSets' : 'manager';
  const seen = await cluster.send({ as: 'manager', method: 'GET', path });
  const answer =
    seen.status === 200 && object.kind === 'Pod'
      ? seen
      : await cluster.send({
          ...{ as, method: 'PATCH', patch: 'apply', body: object },
          path: `${path}?fieldManager=argocd-controller&force=true`,
        });
  expect(answer.message).toBe('');
  return answer;
}

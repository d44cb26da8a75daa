import type { KubernetesObject } from '@meshrs/manifests';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  pathOf,
  pause,
  startGuardedCluster,
  users,
  type Answer,
  type GuardedCluster,
  type Request,
} from './guarded-cluster.ts';

/*
 * What a commit before generated, and this one does not: its name is in no policy. One of side b, which is there still, and
 * one of side c, which the topology does not know any more.
 */
let cluster: GuardedCluster;
beforeAll(async () => {
  // As a commit before made them: by hand nobody makes a StatefulSet with these labels.
  cluster = await startGuardedCluster({ before: (objects) => ['b', 'c'].flatMap((side) => leftovers(objects, side)) });
});
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

test('what is left has the address of a side and its router, and goes all the same: nobody refuses its finalizer', async () => {
  // Its commit came before the policies that know it no more.
  const objects = [
    {
      ...{ apiVersion: 'v1', kind: 'Service' },
      metadata: { name: 'gone', namespace: 'meshrr', annotations: { 'metallb.io/loadBalancerIPs': '192.168.255.2' } },
      spec: { type: 'LoadBalancer', selector: { app: 'meshrr-evpnrs' }, ports: [{ port: 179 }] },
    },
    {
      ...{ apiVersion: 'metallb.io/v1beta2', kind: 'BGPPeer', metadata: { name: 'gone', namespace: 'metallb' } },
      spec: { myASN: 1, peerASN: 2, peerAddress: '192.168.255.0' },
    },
  ];
  const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
  const foreign = cluster.policies.filter(
    ({ kind, metadata }) => kind.endsWith('Binding') && /^foreign-(services|announcements)/.test(metadata.name),
  );
  expect(foreign).toHaveLength(2);
  await cluster.open({ open: 'none', by: users.gate });
  for (const { metadata } of foreign) await must('DELETE', `${bindings}/${metadata.name}`);
  const labels = { 'app.kubernetes.io/part-of': 'meshrs', side: 'b' };
  for (const object of objects) {
    const metadata = { ...object.metadata, labels };
    await waitFor(
      `${object.kind} is made`,
      () => cluster.send({ as: 'admin', method: 'POST', path: folderOf(object), body: { ...object, metadata } }),
      ({ status }) => status === 201 || status === 409,
      20_000,
      100,
    );
  }
  for (const binding of foreign) await must('POST', bindings, binding);
  const copy = { ...objects[1], metadata: { name: 'another', namespace: 'metallb' } } as KubernetesObject;
  await pause(2);
  expect(await cluster.send({ as: 'alice', method: 'POST', path: folderOf(copy), body: copy })).toMatchObject({
    status: 403,
  });
  await cluster.open(opened('b'));
  for (const object of objects) {
    const path = pathOf(object);
    const deleted = await cluster.send({
      as: 'argocd',
      method: 'DELETE',
      path: `${path}?propagationPolicy=Foreground`,
    });
    expect(deleted.message).toBe('');
    // Closed meanwhile: what was let through comes to its end.
    const body = { metadata: { finalizers: null } };
    expect((await cluster.send({ as: 'collector', method: 'PATCH', path, body })).message).toBe('');
    expect(await cluster.send({ as: 'admin', method: 'GET', path })).toMatchObject({ status: 404 });
  }
});

async function must(method: 'DELETE' | 'POST', path: string, body?: unknown): Promise<void> {
  const { message } = await cluster.send({ as: 'manager', method, path, ...(body !== undefined && { body }) });
  expect(message).toBe('');
}

const folderOf = (object: KubernetesObject): string => pathOf(object).replace(/\/[^/]+$/, '');

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

/** As whom no policy stops. */
async function makeLeftovers(side: string): Promise<void> {
  for (const object of leftovers(cluster.objects, side)) await make(object);
}

/** Copies of side b's objects under names of before, with a pod. */
function leftovers(objects: readonly KubernetesObject[], side: string): KubernetesObject[] {
  const kinds = [
    'StatefulSet',
    'ConfigMap',
    'NetworkPolicy',
    'IPAddressPool',
    'BGPPeer',
    'BGPAdvertisement',
    'Service',
  ];
  const ofB = objects.filter(({ metadata }) => metadata.labels?.['side'] === 'b');
  const copies = kinds.map((kind) => {
    const object = ofB.find((each) => each.kind === kind && !each.metadata.name.includes('mgmt'));
    if (!object) throw new Error(`Side b has no ${kind}.`);
    return renamed(object, side);
  });
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { name: `old-${side}-0`, namespace: 'meshrr', labels: { app: 'meshrr-evpnrs', side } },
    spec: { containers: [{ name: 'c', image: 'registry.example.com/c:1' }], nodeName: 'dc2-node1' },
  };
  return [...copies, pod];
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
  // As what a commit of before made: no controller makes it.
  const as = object.kind === 'Pod' ? 'statefulSets' : 'admin';
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

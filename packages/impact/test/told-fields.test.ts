import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argoCdObjects, clusterObjects } from '@meshrs/manifests';
import { casesFolder, editable, readText, set, type Editable } from '@meshrs/manifests/test-support';
import { describe, expect, test } from 'vitest';
import { compareBuilt, fieldTables } from '../src/index.ts';

/* What a table calls "told" a file of src/kinds has to tell: each such field is changed here, and something has to be said. */

type Sample = readonly [name: string, path: string, value: unknown, first?: readonly [path: string, value: unknown]];

const text = readFileSync(join(casesFolder, 'management/topology.yaml'), 'utf8')
  .replace('engine: crpd', 'engine: frr')
  .replace('metallb:\n', 'metallb:\n  bfd: {}\n');
const scope = { cluster: 'dci', topology: readText(text), hasCustom: false };
const inside = editable(clusterObjects(scope));
const outside = editable(argoCdObjects(scope, 'overlays/dci'));

const sideB = 'routeserver-b';
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };

/** By "Kind field". */
const samples: Readonly<Record<string, Sample>> = {
  'StatefulSet spec.podManagementPolicy': [sideB, 'spec.podManagementPolicy', 'OrderedReady'],
  'StatefulSet spec.replicas': [sideB, 'spec.replicas', 1],
  'StatefulSet spec.selector': [sideB, 'spec.selector.matchLabels.more', 'x'],
  'StatefulSet spec.serviceName': [sideB, 'spec.serviceName', 'other'],
  'StatefulSet spec.template': [sideB, 'spec.template.spec.priorityClassName', 'x'],
  'StatefulSet spec.updateStrategy': [sideB, 'spec.updateStrategy', { type: 'OnDelete' }],
  'StatefulSet spec.volumeClaimTemplates': [sideB, 'spec.volumeClaimTemplates', [claim]],
  'Service spec.clusterIP': [sideB, 'spec.clusterIP', '10.96.7.7'],
  'Service spec.clusterIPs': [sideB, 'spec.clusterIPs', ['10.96.7.7']],
  'Service spec.externalIPs': [sideB, 'spec.externalIPs', ['192.0.2.1']],
  'Service spec.externalName': [sideB, 'spec.externalName', 'x.example.com'],
  'Service spec.externalTrafficPolicy': [sideB, 'spec.externalTrafficPolicy', 'Cluster'],
  'Service spec.healthCheckNodePort': [sideB, 'spec.healthCheckNodePort', 30_001, ['spec.healthCheckNodePort', 30_000]],
  'Service spec.ipFamilies': [sideB, 'spec.ipFamilies', ['IPv6'], ['spec.ipFamilies', ['IPv4']]],
  'Service spec.ipFamilyPolicy': [sideB, 'spec.ipFamilyPolicy', 'RequireDualStack'],
  'Service spec.loadBalancerClass': [sideB, 'spec.loadBalancerClass', 'x.example.com/y'],
  'Service spec.loadBalancerIP': [sideB, 'spec.loadBalancerIP', '192.168.255.9'],
  'Service spec.loadBalancerSourceRanges': [sideB, 'spec.loadBalancerSourceRanges', ['192.0.2.0/24']],
  'Service spec.ports': [sideB, 'spec.ports', []],
  'Service spec.selector': [sideB, 'spec.selector', { app: 'other' }],
  'Service spec.sessionAffinity': [sideB, 'spec.sessionAffinity', 'ClientIP'],
  'Service spec.sessionAffinityConfig': [sideB, 'spec.sessionAffinityConfig', { clientIP: { timeoutSeconds: 9 } }],
  'Service spec.type': [sideB, 'spec.type', 'ClusterIP'],
  'BGPPeer spec': [`${sideB}-fabric`, 'spec.holdTime', '12s'],
  'BFDProfile spec': [sideB, 'spec.receiveInterval', 50],
  'BGPAdvertisement spec': [sideB, 'spec.peers', ['other']],
  'L2Advertisement spec': [`${sideB}-mgmt`, 'spec.interfaces', ['eth9']],
  'IPAddressPool spec.addresses': [sideB, 'spec.addresses', ['192.168.255.9/32']],
  'IPAddressPool spec.serviceAllocation': [sideB, 'spec.serviceAllocation', { namespaces: ['other'] }],
  'NetworkPolicy spec.egress': [sideB, 'spec.egress', []],
  'NetworkPolicy spec.ingress': [sideB, 'spec.ingress', []],
  'NetworkPolicy spec.podSelector': [
    sideB,
    'spec.podSelector',
    { matchLabels: { side: 'b' } },
    ['spec.podSelector', { matchLabels: { side: 'c' } }],
  ],
  'NetworkPolicy spec.policyTypes': [
    sideB,
    'spec.policyTypes',
    ['Ingress', 'Egress'],
    ['spec.policyTypes', ['Ingress']],
  ],
  'ConfigMap binaryData': [`${sideB}-settings`, 'binaryData', { x: 'eA==' }, ['immutable', true]],
  'ConfigMap data': [`${sideB}-settings`, 'data', {}],
  'ConfigMap immutable': [`${sideB}-settings`, 'immutable', undefined, ['immutable', true]],
  'Application.argoproj.io spec.destination': ['meshrs-route-servers-dci', 'spec.destination.name', 'other'],
  'Application.argoproj.io spec.project': ['meshrs-route-servers-dci', 'spec.project', 'other'],
  'Application.argoproj.io spec.source': ['meshrs-route-servers-dci', 'spec.source.path', 'other'],
  'Application.argoproj.io spec.syncPolicy': ['meshrs-metallb-dci', 'spec.syncPolicy', {}],
};

/**
 * What one field does not show: a budget is told by `looseBudgets`, where route servers go as well; addresses are left out of a
 * pool only where they end in .0 or .255 (below); a Community is none of ours (`objects.test.ts`).
 */
const elsewhere = [
  'PodDisruptionBudget spec.maxUnavailable',
  'PodDisruptionBudget spec.minAvailable',
  'IPAddressPool spec.avoidBuggyIPs',
  'Community spec',
];
/** Told with a reason, and all the same nobody can say what it does to what runs in two places. */
const toldAsUnknown = ['Application.argoproj.io spec.destination'];
/** Of kinds that only a component has: workloads of the user's, of which `kinds/stateful-sets.ts` knows the whole. */
const ofUsers = ['Pod', 'Deployment', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'].map((kind) => `${kind} spec`);

const told = Object.entries(fieldTables).flatMap(([kind, table]) =>
  Object.entries(table).flatMap(([path, effect]) => (effect === 'told' ? [`${kind} ${path}`] : [])),
);

/** What is said of a change, by kind of effect, where it is of the object itself. */
function saidOf(field: string, [name, path, value, first]: Sample): string[] {
  const [kind = ''] = field.split(/[. ]/);
  const isOurs = (object: Editable): boolean => object.kind === kind && object.metadata.name === name;
  const edited = (objects: readonly Editable[], ...edits: (readonly [string, unknown] | undefined)[]): Editable[] =>
    objects.map((object) => {
      if (!isOurs(object)) return object;
      const copy = structuredClone(object);
      for (const edit of edits) if (edit) set(copy, ...edit);
      return copy;
    });
  const isInside = inside.some(isOurs);
  expect(isInside || outside.some(isOurs), `${kind} ${name} is generated`).toBe(true);
  const both = (...edits: (readonly [string, unknown] | undefined)[]) => ({
    inside: edited(inside, ...edits),
    outside: edited(outside, ...edits),
  });
  const [before, after] = [both(first), both(first, [path, value])];
  const { effects } = compareBuilt(before.inside, after.inside, {
    cluster: 'dci',
    before: before.outside,
    after: after.outside,
  });
  return effects.filter(({ object }) => object.endsWith(name)).map((effect) => effect.kind);
}

describe('what a table calls told', () => {
  test('has a sample', () => {
    expect(
      told.filter((field) => !(field in samples) && !elsewhere.includes(field) && !ofUsers.includes(field)),
    ).toEqual([]);
    expect([...Object.keys(samples), ...elsewhere, ...ofUsers].filter((field) => !told.includes(field))).toEqual([]);
  });

  test.each(Object.entries(samples))('is told: %s', (field, sample) => {
    const said = saidOf(field, sample);
    expect(said.length).toBeGreaterThan(0);
    expect(said.includes('unknown')).toBe(toldAsUnknown.includes(field));
  });
});

test('a pool that leaves out what ends in .0 or .255 takes such a VIP away', () => {
  const [from, to] = ['vips: [192.168.255.2]', 'vips: [192.168.254.255]'];
  expect(text).toContain(from);
  const objects = editable(clusterObjects({ ...scope, topology: readText(text.replace(from, to)) }));
  const after = structuredClone(objects);
  const pool = after.find(({ kind, metadata }) => kind === 'IPAddressPool' && metadata.name === sideB);
  set(pool ?? expect.unreachable('no pool'), 'spec.avoidBuggyIPs', true);
  expect(compareBuilt(objects, after).effects).toMatchObject([{ kind: 'loses', detail: 'the VIP 192.168.254.255' }]);
});

describe('a pool that takes Services by a choice', () => {
  const web = { matchLabels: { app: 'web' } };
  const all = { matchExpressions: [{ key: 'app', operator: 'Exists' }] };

  test.each<[string, object, boolean]>([
    ['of every namespace keeps its VIP', {}, true],
    ['of that of the route servers', { namespaces: ['meshrr'] }, true],
    ['of another one loses it', { namespaces: ['other'] }, false],
    ['of namespaces by their labels, which nobody knows here, may lose it', { namespaceSelectors: [all] }, false],
    ['of an empty list of them', { namespaces: ['meshrr'], namespaceSelectors: [] }, true],
    ['by a label that its Service lacks', { serviceSelectors: [web] }, false],
    [
      'by one of two labels',
      { serviceSelectors: [web, { matchLabels: { 'app.kubernetes.io/part-of': 'meshrs' } }] },
      true,
    ],
  ])('%s', (_, allocation, keeps) => {
    const said = saidOf('IPAddressPool spec.serviceAllocation', [sideB, 'spec.serviceAllocation', allocation]);
    expect(said.length === 0).toBe(keeps);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { locateTool } from '../locate.ts';
import { pins } from '../pins.ts';
import { repositoryFolder } from '../places.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshrs-schemas-'));
const sets = Object.keys(pins.schemaSets);
const others = sets.filter((set) => !set.startsWith('kubernetes/'));
let kubeconform: string;

beforeAll(() => {
  kubeconform = locateTool('kubeconform');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Verdict {
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly msg: string;
}

/** What kubeconform says of an object, with the schemas of one Kubernetes version. */
async function verdictOn(object: unknown, kubernetes = 'kubernetes/1.36', besides = others): Promise<Verdict> {
  const file = join(folder, 'object.yaml');
  writeFileSync(file, stringify(object));
  const locations = [kubernetes, ...besides].flatMap((set) => [
    '-schema-location',
    join(repositoryFolder, 'schemas', set, '{{.ResourceKind}}{{.KindSuffix}}.json'),
  ]);
  const arguments_ = ['-strict', '-verbose', '-reject', 'Secret', '-output', 'json', ...locations, file];
  const stdout = await promisify(execFile)(kubeconform, arguments_).then(
    (result) => result.stdout,
    (error: unknown) => (error as { stdout: string }).stdout,
  );
  const [verdict] = (JSON.parse(stdout) as { resources: Verdict[] }).resources;
  if (verdict === undefined) throw new Error(`kubeconform said nothing of the object: ${stdout}`);
  return verdict;
}

const container = {
  name: 'frr',
  image: 'quay.io/frrouting/frr:10.4.1',
  ports: [{ name: 'bgp', containerPort: 179 }],
  resources: { requests: { cpu: 1, memory: '64Mi' } },
  readinessProbe: { httpGet: { path: '/readyz', port: 'agent' } },
};

const statefulSet = (podSpec: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'routeserver-a', namespace: 'meshrs' },
  spec: {
    serviceName: 'meshrr-core',
    selector: { matchLabels: { app: 'meshrr-evpnrs' } },
    template: {
      metadata: { labels: { app: 'meshrr-evpnrs' } },
      spec: { containers: [container], ...podSpec },
    },
    volumeClaimTemplates: [{ metadata: { name: 'config' }, spec: { accessModes: ['ReadWriteOnce'] } }],
  },
});

const bgpPeer = (fields: object): object => ({
  apiVersion: 'metallb.io/v1beta2',
  kind: 'BGPPeer',
  metadata: { name: 'side-a', namespace: 'metallb' },
  spec: { myASN: 4259840003, peerASN: 4259840002, peerAddress: '192.168.255.0', ebgpMultiHop: true, holdTime: '9s' },
  ...fields,
});

const service = (port: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'routeserver-a' },
  spec: { type: 'LoadBalancer', ports: [{ port: 179, targetPort: 'bgp', ...port }] },
});

const application = (spec: object): object => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'dci', namespace: 'argocd' },
  spec: {
    project: 'dci',
    destination: { server: 'https://kubernetes.default.svc' },
    source: { repoURL: 'https://git.example.org/fleet.git', path: 'overlays/dci', targetRevision: 'main' },
    ...spec,
  },
});

describe('kubeconform with our schemas', () => {
  test.each([
    ['a StatefulSet', statefulSet({})],
    ['a BGPPeer', bgpPeer({})],
    ['a Service with a target port by name', service({})],
    ['a Service with a target port by number', service({ targetPort: 1790 })],
    ['an Application', application({})],
    [
      'a ConfigMap',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { 'meshrr.conf.yml': '' } },
    ],
  ])('accepts %s', async (_, object) => {
    for (const kubernetes of sets.filter((set) => set.startsWith('kubernetes/'))) {
      expect(await verdictOn(object, kubernetes)).toMatchObject({ status: 'statusValid', msg: '' });
    }
  });

  test.each<[string, object, RegExp]>([
    ['a typo in a pod template', statefulSet({ tolerationz: [] }), /\/spec\/template\/spec.*tolerationz/],
    [
      'a typo in a probe of a container',
      statefulSet({ containers: [{ ...container, readinessProbe: { httpGet: { pathh: '/readyz', port: 1 } } }] }),
      /readinessProbe\/httpGet.*pathh/,
    ],
    ['an unknown field at the root of a BGPPeer', bgpPeer({ specs: {} }), /additional properties 'specs' not allowed/],
    [
      'an unknown field in the metadata of a BGPPeer',
      bgpPeer({ metadata: { name: 'a', label: {} } }),
      /'label' not allowed/,
    ],
    ['a BGPPeer without its AS number', bgpPeer({ spec: { peerAddress: '192.168.255.0' } }), /missing propert.*myASN/],
    ['an AS number as text', bgpPeer({ spec: { myASN: '65000.3' } }), /myASN.*want integer/],
    ['a port as text', service({ port: '179' }), /ports\/0\/port.*want integer/],
    ['a target port that is a list', service({ targetPort: ['bgp'] }), /targetPort/],
    ['an unknown field in an Application', application({ syncPolicy: { autosync: true } }), /syncPolicy.*autosync/],
    [
      'an older version of a kind',
      { ...bgpPeer({}), apiVersion: 'metallb.io/v1beta1' },
      /could not find schema for BGPPeer/,
    ],
    [
      'a kind that we never emit',
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'x' } },
      /could not find schema/,
    ],
    [
      'a Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'crpd-license' } },
      /prohibited resource kind Secret/,
    ],
  ])('refuses %s', async (_, object, message) => {
    const verdict = await verdictOn(object);
    expect(verdict.status).toMatch(/statusInvalid|statusError/);
    expect(verdict.msg).toMatch(message);
  });

  test('a field of Argo CD 3.5 is refused where 3.2 is installed', async () => {
    const source = { repoURL: 'https://charts.example.org', chart: 'metallb', targetRevision: '*', tagPrefix: 'v' };
    const object = application({ source });
    expect(await verdictOn(object, 'kubernetes/1.36', ['argocd/3.5'])).toMatchObject({ status: 'statusValid' });
    expect((await verdictOn(object, 'kubernetes/1.36', ['argocd/3.2'])).msg).toMatch(/source.*'tagPrefix' not allowed/);
  });
});

test('the committed schemas are the ones that the pinned versions give', async () => {
  const check = promisify(execFile)(join(repositoryFolder, 'scripts/schemas'), ['--check']);
  await expect(check).resolves.toMatchObject({ stdout: '' });
});

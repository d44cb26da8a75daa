import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startKubeApiserver as startServer } from '@meshrs/test-kit/kube-apiserver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../program.ts';
import { makeRepository } from '../status/live-cluster.test-support.ts';
import { startKubeApiserver, type ApiObject, type KubeApiserver } from '../validating/kube-apiserver.test-support.ts';
import { wanted } from './facts.test-support.ts';
import { pluginsOf } from './read/cluster.ts';
import type { PreflightRow } from './row.ts';

/** With whatever fields its kind has. */
interface Sample extends ApiObject {
  readonly metadata: ApiObject['metadata'] & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const repository = makeRepository();
let api: KubeApiserver;

/** Everything that the person must have made, as docs/operations.md says, before the first sync. */
beforeAll(async () => {
  api = await startKubeApiserver();
  for (const [index, name] of ['dc1-node1', 'dc1-node2', 'dc1-node3'].entries()) await makeNode(name, 'a', index);
  for (const [index, name] of ['dc2-node1', 'dc2-node2', 'dc2-node3'].entries()) await makeNode(name, 'b', index + 8);
  for (const name of ['argocd', 'metallb', 'kube-system']) {
    await made({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  await made({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kube-proxy', namespace: 'kube-system' },
    data: { 'config.conf': 'mode: ipvs\nipvs:\n  strictARP: false\n' },
  });
});
afterAll(async () => {
  await api.stop();
  repository.remove();
});

async function made(value: Sample): Promise<void> {
  const answer = await api.apply(value);
  if (answer.status > 201) throw new Error(`${value.kind} ${value.metadata.name}: ${JSON.stringify(answer.body)}`);
}

async function makeNode(name: string, side: string, index: number): Promise<void> {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { side, 'kubernetes.io/hostname': name } },
    spec: { podCIDR: `10.244.${String(index)}.0/24`, podCIDRs: [`10.244.${String(index)}.0/24`] },
  };
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.36.3' },
    images: [{ names: ['ghcr.io/meshrs/mesh-agent:0.1.0', 'quay.io/frrouting/frr:10.7.1'] }],
  };
  await sent('POST', '/api/v1/nodes', node);
  const { body } = await api.request('GET', `/api/v1/nodes/${name}`);
  // A new node is tainted by admission until its controller has seen it, and there is none here.
  const { spec } = body as { spec: object };
  await sent('PUT', `/api/v1/nodes/${name}`, { ...(body as object), spec: { ...spec, taints: [] } });
  const { body: again } = await api.request('GET', `/api/v1/nodes/${name}`);
  await sent('PUT', `/api/v1/nodes/${name}/status`, { ...(again as object), status });
}

async function sent(method: string, path: string, body: object): Promise<void> {
  const answer = await api.request(method, path, body);
  if (answer.status > 201) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
}

async function preflight(user: 'admin' | 'viewer', ...args: string[]) {
  let [out, error] = ['', ''];
  const exitCode = await run(
    {
      cwd: repository.path,
      env: { KUBECONFIG: api.writeKubeconfig(user) },
      isInteractive: false,
      writeOut: (text) => (out += text),
      writeError: (text) => (error += text),
    },
    ['preflight', 'dci', ...args],
  );
  return { exitCode, out, error };
}

async function rowsFor(user: 'admin' | 'viewer') {
  const { exitCode, out, error } = await preflight(user, '--json');
  expect(error).toBe('');
  const { rows } = JSON.parse(out) as { rows: readonly PreflightRow[] };
  return { exitCode, out, rows, words: rows.map(({ check, state, seen }) => `${check} ${state}: ${seen}`) };
}

/** Whose accounts kube-controller-manager makes when it starts its controllers. */
const controllersOfKubernetes = [
  'statefulset-controller',
  'pod-garbage-collector',
  'generic-garbage-collector',
  'namespace-controller',
];

const secretValue = 'c2VjcmV0LW9mLXRoZS10ZXN0';

/** What a person makes before the first sync: the Secrets, Argo CD, its settings, its rights. */
async function prepare(): Promise<void> {
  for (const name of ['metallb-bgp-a', 'metallb-bgp-b']) {
    await made({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'metallb' },
      type: 'kubernetes.io/basic-auth',
      data: { username: 'bWV0YWxsYg==', password: secretValue },
    });
  }
  await api.installArgoCd('3.2');
  for (const { configMap, key, value } of wanted.settings) {
    const metadata = { name: configMap, namespace: 'argocd' };
    await made({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [key]: value } });
  }
  await made({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'argocd-application-controller' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'argocd-application-controller', namespace: 'argocd' }],
  });
  await makeController();
  for (const name of controllersOfKubernetes) {
    await made({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'kube-system' } });
  }
  // The test's API server listens on the loopback alone, and so writes none of its own.
  await made({
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    endpoints: [{ addresses: ['192.0.2.10'] }],
    ports: [{ name: 'https', port: 6443 }],
  });
  for (const { metadata } of await metallbDefinitions()) {
    const annotations = {
      'argocd.argoproj.io/tracking-id': `meshrs-metallb-dci:apiextensions.k8s.io/CustomResourceDefinition:metallb/${metadata.name}`,
    };
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}?fieldManager=argocd&force=true`;
    const kind = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    await sent('PATCH', path, { ...kind, metadata: { name: metadata.name, annotations } });
  }
}

async function metallbDefinitions(): Promise<readonly { readonly metadata: { readonly name: string } }[]> {
  const { body } = await api.request('GET', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
  const { items } = body as { items: { metadata: { name: string } }[] };
  return items.filter(({ metadata }) => metadata.name.endsWith('.metallb.io'));
}

async function makeController(): Promise<void> {
  const labels = { 'app.kubernetes.io/name': 'argocd-application-controller' };
  const env = [
    {
      name: 'ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT',
      valueFrom: {
        configMapKeyRef: { name: 'argocd-cmd-params-cm', key: 'controller.sync.timeout.seconds', optional: true },
      },
    },
  ];
  const spec = {
    serviceAccountName: 'argocd-application-controller',
    containers: [{ name: 'argocd-application-controller', image: 'quay.io/argoproj/argocd:v3.2.11', env }],
  };
  const metadata = { name: 'argocd-application-controller', namespace: 'argocd', labels };
  const template = { metadata: { labels }, spec };
  await made({
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata },
    spec: { serviceName: 'argocd', selector: { matchLabels: labels }, template },
  });
  await made({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'argocd-application-controller', namespace: 'argocd' },
  });
  const pod = { ...metadata, name: 'argocd-application-controller-0' };
  await made({ apiVersion: 'v1', kind: 'Pod', metadata: pod, spec });
  await controllerStarted(new Date(Date.now() + 60_000));
}

async function controllerStarted(at: Date): Promise<void> {
  const path = '/api/v1/namespaces/argocd/pods/argocd-application-controller-0/status';
  const { body } = await api.request('GET', path.replace('/status', ''));
  const startedAt = at.toISOString().replace(/\.\d+Z/, 'Z');
  const containerStatuses = [
    {
      ...{
        name: 'argocd-application-controller',
        image: 'argocd',
        imageID: '',
        ready: true,
        restartCount: 0,
        started: true,
      },
      state: { running: { startedAt } },
    },
  ];
  await sent('PUT', path, { ...(body as object), status: { phase: 'Running', containerStatuses } });
}

/** A policy of somebody else's, as Kyverno or Gatekeeper would have one: no pod with a memory limit above 1Gi, say. */
const foreignPolicy = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'team-label' },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
    validations: [
      {
        expression: "has(object.metadata.labels) && 'team' in object.metadata.labels",
        message: 'every pod names its team',
      },
    ],
  },
};

describe('meshrs preflight', () => {
  test('of a bare cluster says what is missing, and ends with 1', async () => {
    const { exitCode, words } = await rowsFor('admin');
    expect(exitCode).toBe(1);
    expect(words).toEqual(
      expect.arrayContaining([
        'kubernetes ok: the API server is v1.36.3',
        'admission-plugin ok: the API server runs its plugin ValidatingAdmissionPolicy',
        'nodes-a ok: side a has dc1-node1, dc1-node2, dc1-node3',
        'kube-proxy ok: kube-proxy is in mode ipvs',
        'secrets fail: there is no Secret metallb/metallb-bgp-a',
        'secrets fail: there is no Secret metallb/metallb-bgp-b',
        'argo-cd fail: namespace argocd has no Argo CD',
        'argo-cd-settings fail: argocd-cmd-params-cm has no controller.sync.timeout.seconds',
        'api-servers fail: EndpointSlice default/kubernetes has no address of an API server',
        expect.stringMatching(/^controllers fail: namespace kube-system has no account statefulset-controller, /),
        'turn ok: no fleet of meshrs has the kind turns.meshrs.dev here yet',
        'own-rights ok: you may do what the first sync needs a person for',
        expect.stringMatching(/^metallb warn: kinds of MetalLB are there, as an old one leaves them: /),
        expect.stringMatching(
          /^argo-cd-rights fail: Argo CD's application controller may not patch turns meshrr-evpnrs\.meshrr,/,
        ),
      ]),
    );
  });

  test('of a cluster where all is made ends with 0, shows no secret, and leaves to a person what no API tells', async () => {
    await prepare();
    const failing = async (): Promise<readonly string[]> =>
      (await rowsFor('admin')).words.filter((each) => / (fail|unknown): /.test(each));
    await expect.poll(failing, { timeout: 60_000 }).toEqual([]);
    expect((await rowsFor('admin')).exitCode).toBe(0);
    const { out, rows } = await rowsFor('admin');
    expect(rows.filter(({ state }) => state !== 'ok').map(({ check, state }) => `${check} ${state}`)).toEqual([
      'routes by-hand',
      'rp-filter by-hand',
      // The test's API has an IPv6 range, too, which the topology does not name.
      'service-ranges warn',
      'argo-cd-repository by-hand',
    ]);
    const text = await preflight('admin');
    expect(text.out).toMatch(/^argo-cd +ok +Argo CD is v3\.2\.11$/m);
    expect(text.out).toMatch(/^\d+ ok, 1 WARN, 3 by hand$/m);
    expect(text.out).toContain('on nodes dc1-node1, dc1-node2, dc1-node3');
    for (const shown of [out, text.out]) {
      expect(shown).not.toContain(secretValue);
      expect(shown).not.toContain(Buffer.from(secretValue, 'base64').toString());
    }
  });

  test('knows a controller that began before its settings', async () => {
    await controllerStarted(new Date('2026-01-01T00:00:00Z'));
    const { words } = await rowsFor('admin');
    expect(words.filter((each) => each.startsWith('argo-cd-controller'))).toEqual([
      expect.stringMatching(/^argo-cd-controller warn: argocd-application-controller began at 2026-01-01T00:00:00Z, /),
    ]);
    await controllerStarted(new Date(Date.now() + 60_000));
  });
});

test('knows as whom Argo CD comes to its own cluster, and shows no token', async () => {
  const tokenOf = (name: string): string =>
    ['header', JSON.stringify({ sub: `system:serviceaccount:${name}` }), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  const seen = async (config: object, server = 'https://kubernetes.default.svc'): Promise<readonly string[]> => {
    await made({
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque' },
      metadata: { name: 'own', namespace: 'argocd', labels: { 'argocd.argoproj.io/secret-type': 'cluster' } },
      stringData: { name: 'in-cluster', server, config: JSON.stringify(config) },
    });
    const { out, words } = await rowsFor('admin');
    expect(out).not.toContain(tokenOf('ci:deployer').split('.')[1]);
    expect(out).not.toContain('top-secret');
    return words.filter((each) => /^argo-cd-(account|rights fail)/.test(each));
  };
  const refused = (who: string): unknown =>
    expect.stringMatching(`^argo-cd-account fail: Secret argocd/own has Argo CD come to its own cluster as ${who}, `);
  const withoutRights: unknown = expect.stringMatching(/^argo-cd-rights fail: /);

  expect(await seen({ tlsClientConfig: { insecure: false } })).toEqual([]);
  // What it may is asked of this account, too.
  expect(await seen({ bearerToken: tokenOf('kube-system:argocd-manager') })).toEqual([withoutRights]);
  expect(await seen({ bearerToken: tokenOf('ci:deployer') })).toEqual([
    refused('system:serviceaccount:ci:deployer'),
    withoutRights,
  ]);
  expect(await seen({ bearerToken: 'top-secret' })).toEqual([refused('a user whose name its token does not say')]);
  expect(await seen({ username: 'alice', password: 'top-secret' })).toEqual([refused('alice')]);
  expect(await seen({ bearerToken: tokenOf('ci:deployer') }, 'https://192.0.2.1')).toEqual([]);
  await api.request('DELETE', '/api/v1/namespaces/argocd/secrets/own');
});

describe('a policy of somebody else', () => {
  test('is asked by a dry run of the pods, of which nothing stays', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
    await made({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'meshrr', labels } });
    await made({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'meshrr' } });
    expect((await rowsFor('admin')).words).toContain('policies ok: a dry run of a pod of each StatefulSet was taken');

    await made(foreignPolicy);
    const binding = { policyName: 'team-label', validationActions: ['Deny'] };
    await made({ ...foreignPolicy, kind: 'ValidatingAdmissionPolicyBinding', spec: binding });
    await expect
      .poll(async () => (await rowsFor('admin')).words.filter((each) => each.startsWith('policies')), {
        timeout: 60_000,
      })
      .toEqual(
        ['a', 'b'].map((side): unknown =>
          expect.stringMatching(`^policies fail: a pod of routeserver-${side} is refused: .*every pod names its team`),
        ),
      );
    await api.request('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/team-label');
    const { body } = await api.request('GET', '/api/v1/namespaces/meshrr/pods');
    expect((body as { items: unknown[] }).items).toEqual([]);
  });
});

describe('a container that somebody puts into the pods', () => {
  test('is seen in what the dry run answers', async () => {
    const group = '/apis/admissionregistration.k8s.io/v1';
    const kind = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'sidecar' } };
    await sent('POST', `${group}/mutatingadmissionpolicies`, {
      ...{ ...kind, kind: 'MutatingAdmissionPolicy' },
      spec: {
        matchConstraints: foreignPolicy.spec.matchConstraints,
        reinvocationPolicy: 'Never',
        mutations: [
          {
            patchType: 'JSONPatch',
            jsonPatch: {
              expression:
                "[JSONPatch{op: 'add', path: '/spec/containers/-', value: Object.spec.containers{name: 'proxy', image: 'proxy:1', securityContext: Object.spec.containers.securityContext{allowPrivilegeEscalation: false, capabilities: Object.spec.containers.securityContext.capabilities{drop: ['ALL']}}}}]",
            },
          },
        ],
      },
    });
    const binding = { ...kind, kind: 'MutatingAdmissionPolicyBinding', spec: { policyName: 'sidecar' } };
    await sent('POST', `${group}/mutatingadmissionpolicybindings`, binding);
    await expect
      .poll(async () => (await rowsFor('admin')).words.filter((each) => each.startsWith('policies')), {
        timeout: 60_000,
      })
      .toEqual(
        ['a', 'b'].map(
          (side) => `policies warn: a webhook or a policy puts containers into the pods of routeserver-${side}: proxy`,
        ),
      );
    await api.request('DELETE', `${group}/mutatingadmissionpolicybindings/sidecar`);
    await expect
      .poll(async () => (await rowsFor('admin')).words, { timeout: 60_000 })
      .toContain('policies ok: a dry run of a pod of each StatefulSet was taken');
  });
});

describe('what Argo CD may do', () => {
  const account = { kind: 'ServiceAccount', name: 'argocd-application-controller', namespace: 'argocd' };
  const all = ['apps', 'policy', 'metallb.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io'];
  const others = ['networking.k8s.io', 'meshrs.dev', 'discovery.k8s.io', 'authentication.k8s.io', ''];
  const rbac = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'] };
  const verbs = ['get', 'list', 'watch', 'create', 'delete', 'patch', 'update'];

  async function mayBy(rules: readonly object[]): Promise<readonly string[]> {
    const metadata = { name: 'argocd-application-controller' };
    await api.request('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${metadata.name}`);
    await made({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules });
    await made({
      ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
      subjects: [account],
    });
    return (await rowsFor('admin')).words.filter((each) => each.startsWith('argo-cd-rights'));
  }
  const rule = (apiGroups: readonly string[], more: object = {}): object => ({
    ...{ apiGroups, resources: ['*'], verbs },
    ...more,
  });
  const givesAll = { ...rbac, verbs: [...verbs, 'escalate', 'bind'] };

  test.each([
    [
      'all but the turn',
      [rule([...all, ...others.filter((group) => group !== 'meshrs.dev')]), givesAll],
      /may not patch turns meshrr-evpnrs\.meshrr, create turns, patch turns, delete turns$/,
    ],
    [
      'the turn to make, and not to change',
      [
        rule([...all, ...others.filter((group) => group !== 'meshrs.dev')]),
        rule(['meshrs.dev'], { verbs: ['create', 'delete', 'get', 'list', 'watch'] }),
        givesAll,
      ],
      /may not patch turns meshrr-evpnrs\.meshrr, patch turns$/,
    ],
    [
      'no hooks',
      [
        rule([...all, ...others.filter((group) => group !== '')]),
        rule([''], { resources: ['namespaces', 'configmaps', 'services', 'serviceaccounts'] }),
        givesAll,
      ],
      /may not create pods in namespace meshrr, patch pods in namespace meshrr, delete pods in namespace meshrr$/,
    ],
    [
      'no Role that gives more than it has',
      [rule([...all, ...others]), { ...rbac, verbs }],
      /may not open-all turns meshrr-evpnrs\.meshrr, which a generated Role gives$/,
    ],
    ['all of it', [rule([...all, ...others]), givesAll], /^argo-cd-rights ok: /],
  ])('%s', async (_what, rules, expected) => {
    await expect.poll(() => mayBy(rules), { timeout: 60_000 }).toEqual([expect.stringMatching(expected)]);
  });
});

describe('rights', () => {
  test('of which there are none: nothing is called well that was not seen, and it ends with 3', async () => {
    const { exitCode, rows, words } = await rowsFor('viewer');
    expect(exitCode).toBe(3);
    expect(rows.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual([
      'kubernetes',
      'admission-policies',
    ]);
    expect(rows.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(words).toContain('nodes unknown: you may not list nodes');
    expect(words).toContain('secrets unknown: you may not get secret metallb-bgp-b of namespace metallb');
    expect(words.find((each) => each.startsWith('own-rights warn'))).toContain(
      'create applications in namespace argocd',
    );
  });

  test('as docs/operations.md lists them are enough', async () => {
    for (const role of documentedRoles()) {
      await made(role);
      await made({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: `${role.kind}Binding`,
        metadata: role.metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.metadata.name },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'viewer' }],
      });
    }
    await expect.poll(async () => (await rowsFor('viewer')).exitCode, { timeout: 60_000 }).toBe(0);
    const isOthers = (words: string): boolean => !/^(own-rights|argo-cd-account)/.test(words);
    // The Secrets of Argo CD are no part of it.
    expect((await rowsFor('viewer')).words.filter((words) => words.startsWith('argo-cd-account'))).toEqual([
      expect.stringMatching(/^argo-cd-account by-hand: .*you may not list secrets in namespace argocd/),
    ]);
    expect((await rowsFor('viewer')).words.filter(isOthers)).toEqual((await rowsFor('admin')).words.filter(isOthers));
  });
});

describe("the API server's metrics", () => {
  test('tell of the plugin that is off', async () => {
    const server = await startServer({
      users: [{ token: 'token', name: 'admin', group: 'system:masters' }],
      flags: ['--disable-admission-plugins=ValidatingAdmissionPolicy'],
    });
    try {
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'any' } });
      await server.send({ method: 'POST', path: '/api/v1/namespaces', token: 'token', body });
      const { text } = await server.send({ method: 'GET', path: '/metrics', token: 'token' });
      expect(pluginsOf(text)).toContain('ValidatingAdmissionWebhook');
      expect(pluginsOf(text)).not.toContain('ValidatingAdmissionPolicy');
    } finally {
      await server.remove();
    }
  });
});

describe('a world that refuses', () => {
  test.each([
    [['--cluster', 'west'], 'The topology has no cluster "west".'],
    [['--context', 'prod'], 'The kubeconfig has no context "prod".'],
  ])('%j is told with what to do', async (args, message) => {
    const { exitCode, error } = await preflight('admin', ...args);
    expect([exitCode, error.includes(message)]).toEqual([3, true]);
  });
});

/** The roles in docs/operations.md, so that what stands there is what was tried. */
function documentedRoles(): readonly Sample[] {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const block = /```yaml\n(# meshrs preflight[\s\S]*?)```/.exec(text)?.[1] ?? '';
  const roles = block.split('---\n').map((each) => parse(each) as Sample);
  if (roles.length < 2) throw new Error('docs/operations.md has no roles under "# meshrs preflight"');
  return roles;
}

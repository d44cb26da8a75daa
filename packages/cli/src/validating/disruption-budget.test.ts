import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon, type Daemon } from '@meshrs/test-kit/daemon';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratchRepositoryWithTree, tools } from '../../test/support/scratch-repository.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { runTool } from '../tools/run-tool.ts';
import { startKubeApiserver, type ApiObject, type KubeApiserver } from './kube-apiserver.test-support.ts';

/*
 * What Kubernetes' own controllers make of a route server that is not Ready, with the objects that are generated
 * (docs/decisions/0029). There is no kubelet: the test writes what kubelets say of the pods.
 */
let api: KubeApiserver;
let manager: Daemon | undefined;

const namespace = '/namespaces/meshrr';
/** What pods, the budget and the VIP's endpoints come from. */
const kinds = new Set([
  'Namespace',
  'PriorityClass',
  'ServiceAccount',
  'Service',
  'StatefulSet',
  'PodDisruptionBudget',
]);

beforeAll(async () => {
  api = await startKubeApiserver();
});

afterAll(async () => {
  await manager?.end('SIGKILL');
  await api.stop();
});

/** Objects of a case, with their controllers at work; side a has one pod, side b `ofB`. */
async function startCase(name: string, ofB: number, gates = ''): Promise<void> {
  await manager?.end('SIGKILL');
  for (const path of [`/apis/apps/v1${namespace}/statefulsets`, `/api/v1${namespace}/pods?gracePeriodSeconds=0`]) {
    await api.request('DELETE', path);
  }
  for (const object of await builtObjects(name)) {
    if (!kinds.has(object.kind)) continue;
    const { status, body } = await api.apply(object);
    if (status > 201) throw new Error(`${object.kind} ${object.metadata.name}: ${JSON.stringify(body)}`);
  }
  manager = startManager('disruption-controller,statefulset-controller,endpointslice-controller', gates);
  const pods = ['routeserver-a-0', ...Array.from({ length: ofB }, (_, at) => `routeserver-b-${String(at)}`)];
  for (const [at, pod] of pods.entries()) {
    await waitFor(
      `${pod} is made`,
      () => statusCode(pod),
      (status) => status === 200,
      60_000,
      50,
    );
    await says(pod, true, at + 1);
  }
}

function startManager(controllers: string, gates = ''): Daemon {
  return startDaemon(locateTool('kube-controller-manager'), [
    `--kubeconfig=${api.writeKubeconfig('admin')}`,
    `--controllers=${controllers}`,
    '--leader-elect=false',
    '--secure-port=0',
    ...(gates === '' ? [] : [`--feature-gates=${gates}`]),
  ]);
}

const statusCode = async (pod: string) => (await api.request('GET', `/api/v1${namespace}/pods/${pod}`)).status;
const podOf = async (name: string) =>
  (await api.request('GET', `/api/v1${namespace}/pods/${name}`)).body as {
    readonly metadata: { readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  };

/** What a kubelet says of a pod. */
async function says(pod: string, isReady: boolean, host = 1): Promise<void> {
  const address = `10.244.0.${String(host)}`;
  const condition = { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: new Date().toISOString() };
  const { status, body } = await api.request(
    'PATCH',
    `/api/v1${namespace}/pods/${pod}/status?fieldManager=kubelet&force=true`,
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pod },
      status: { phase: 'Running', conditions: [condition], podIP: address, podIPs: [{ ip: address }] },
    },
  );
  if (status !== 200) throw new Error(JSON.stringify(body));
}

/** Puts a pod on a node of its own. */
async function bind(pod: string, node: string): Promise<void> {
  await api.request('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  const { status, body } = await api.request('POST', `/api/v1${namespace}/pods/${pod}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: pod },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  });
  if (status > 201) throw new Error(JSON.stringify(body));
}

/** Whether an eviction would be let through now. */
async function mayEvict(pod: string): Promise<boolean> {
  const { status, body } = await api.request('POST', `/api/v1${namespace}/pods/${pod}/eviction?dryRun=All`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod, namespace: 'meshrr' },
  });
  if (status === 429) return false;
  if (status > 201) throw new Error(JSON.stringify(body));
  return true;
}

async function budgetIs(currentHealthy: number, disruptionsAllowed: number): Promise<void> {
  const read = async () => {
    const { body } = await api.request('GET', `/apis/policy/v1${namespace}/poddisruptionbudgets/meshrr-evpnrs`);
    const { status } = body as { readonly status?: { currentHealthy: number; disruptionsAllowed: number } };
    return [status?.currentHealthy, status?.disruptionsAllowed].join();
  };
  await waitFor(
    `the budget has ${String(currentHealthy)} healthy and allows ${String(disruptionsAllowed)}`,
    read,
    (seen) => seen === [currentHealthy, disruptionsAllowed].join(),
    30_000,
    50,
  );
}

interface Endpoint {
  readonly targetRef?: { readonly name: string };
  readonly conditions: { readonly ready?: boolean; readonly serving?: boolean };
}

/** What the VIP's EndpointSlices say of a pod; `ready` is what MetalLB and kube-proxy go by. */
async function endpointOf(service: string, pod: string): Promise<Endpoint['conditions'] | undefined> {
  const { body } = await api.request(
    'GET',
    `/apis/discovery.k8s.io/v1${namespace}/endpointslices?labelSelector=kubernetes.io/service-name=${service}`,
  );
  const { items } = body as { readonly items: readonly { readonly endpoints: readonly Endpoint[] | null }[] };
  return items.flatMap(({ endpoints }) => endpoints ?? []).find(({ targetRef }) => targetRef?.name === pod)?.conditions;
}

describe('of two route servers, one per side,', () => {
  test('one that is not Ready keeps the other from being evicted, and may go itself; of two no one goes', async () => {
    await startCase('frr', 1);
    await budgetIs(2, 1);
    expect([await mayEvict('routeserver-a-0'), await mayEvict('routeserver-b-0')]).toEqual([true, true]);

    await says('routeserver-a-0', false);
    await budgetIs(1, 0);
    expect([await mayEvict('routeserver-a-0'), await mayEvict('routeserver-b-0')]).toEqual([true, false]);

    await says('routeserver-b-0', false, 2);
    await budgetIs(0, 0);
    expect([await mayEvict('routeserver-a-0'), await mayEvict('routeserver-b-0')]).toEqual([false, false]);

    await says('routeserver-a-0', true);
    await says('routeserver-b-0', true, 2);
    await budgetIs(2, 1);
    expect(await mayEvict('routeserver-b-0')).toBe(true);
  });

  test('one that is not Ready keeps its VIP', async () => {
    await startCase('frr', 1);
    await says('routeserver-a-0', false);
    await waitFor(
      'the VIP knows',
      async () => (await endpointOf('routeserver-a', 'routeserver-a-0'))?.serving,
      (serving) => serving === false,
      30_000,
      50,
    );
    expect(await endpointOf('routeserver-a', 'routeserver-a-0')).toMatchObject({ ready: true, serving: false });
  });

  test('nobody else goes in the moment between the end of a pod and the next of its name', async () => {
    await startCase('frr', 1);
    await budgetIs(2, 1);
    // The next one is never made: that moment lasts.
    await manager?.end('SIGKILL');
    manager = startManager('disruption-controller');
    await api.request('DELETE', `/api/v1${namespace}/pods/routeserver-a-0?gracePeriodSeconds=0`);
    await budgetIs(1, 0);
    expect(await mayEvict('routeserver-b-0')).toBe(false);
  });

  test.each([
    ['as it is', '', true],
    ['with maxUnavailable of StatefulSets switched on', 'MaxUnavailableStatefulSet=true', false],
  ])('one that is not Ready is replaced by the commit that fixes it, %s', async (_, gates, isReplacedUnready) => {
    await startCase('frr', 1, gates);
    await says('routeserver-a-0', false);
    await waitFor(
      'its StatefulSet knows',
      async () => {
        const { body } = await api.request('GET', `/apis/apps/v1${namespace}/statefulsets/routeserver-a/status`);
        return (body as { readonly status: { readonly readyReplicas?: number } }).status.readyReplicas ?? 0;
      },
      (ready) => ready === 0,
      30_000,
      50,
    );
    const before = await podOf('routeserver-a-0');
    const set = (await builtObjects('frr')).find((each) => isSet(each) && each.metadata.name === 'routeserver-a');
    await api.apply(changed(set, `fixed ${gates}`));
    const isAnother = async () =>
      (await statusCode('routeserver-a-0')) === 200 &&
      (await podOf('routeserver-a-0')).metadata.uid !== before.metadata.uid;
    if (!isReplacedUnready) {
      // It waits for that one to be Ready first, and for minReadySeconds after that.
      await new Promise((resolve) => setTimeout(resolve, 5000));
      expect(await isAnother()).toBe(false);
      await says('routeserver-a-0', true);
    }
    await waitFor('another pod is there', isAnother, Boolean, 60_000, 50);
  });
});

describe('of several route servers behind one VIP', () => {
  test('one that is not Ready loses the VIP: there it must not be unready because of clients', async () => {
    await startCase('two-replicas', 2);
    // Endpoints of a Service that does not publish who is not ready are those of pods on nodes.
    for (const pod of ['routeserver-b-0', 'routeserver-b-1']) await bind(pod, `node-of-${pod}`);
    await waitFor(
      'the VIP has it',
      async () => (await endpointOf('routeserver-b', 'routeserver-b-0'))?.ready,
      (ready) => ready === true,
      30_000,
      50,
    );
    await says('routeserver-b-0', false, 2);
    await waitFor(
      'the VIP knows',
      async () => (await endpointOf('routeserver-b', 'routeserver-b-0'))?.ready,
      (ready) => ready === false,
      30_000,
      50,
    );
    expect(await endpointOf('routeserver-b', 'routeserver-b-1')).toMatchObject({ ready: true });
  });
});

function isSet({ kind }: ApiObject): boolean {
  return kind === 'StatefulSet';
}

/** A StatefulSet whose pods are others. */
function changed(set: ApiObject | undefined, text: string): ApiObject {
  if (!set) throw new Error('there is no StatefulSet');
  const spec = set.spec as { readonly template: { readonly metadata: object } };
  const metadata = { ...spec.template.metadata, annotations: { 'test.example/commit': text } };
  return { ...set, spec: { ...spec, template: { ...spec.template, metadata } } };
}

/** What kustomize gives for the one cluster of a case. */
async function builtObjects(name: string): Promise<ApiObject[]> {
  const repository = scratchRepositoryWithTree(name);
  const cluster = readdirSync(join(repository.path, 'overlays'))[0] ?? '';
  const { stdout } = await runTool(tools.kustomize, ['build', join(repository.path, 'overlays', cluster)]);
  return parseBuild(stdout) as ApiObject[];
}

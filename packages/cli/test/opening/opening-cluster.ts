import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { turnName, turnPath, type TurnSpec } from '@meshrs/contract';
import { clusterObjects } from '@meshrs/manifests';
import { readTopology } from '@meshrs/topology';
import { startDaemon, type Daemon } from '@meshrs/test-kit/daemon';
import { waitFor } from '@meshrs/test-kit/wait';
import {
  agentStatus,
  apply,
  clients,
  makeRepository,
  startAgent,
  turnIsKnown,
  writeFleet,
  writeInterlock,
  writeSide,
  type TestAgent,
} from '../../src/status/live-cluster.test-support.ts';
import {
  startKubeApiserver,
  type ApiObject,
  type KubeApiserver,
  type TestUser,
} from '../../src/validating/kube-apiserver.test-support.ts';

/** A fleet of two sides on a real kube-apiserver, with the whole interlock as it is generated. */
export interface OpeningCluster {
  readonly api: KubeApiserver;
  readonly agents: { readonly a: TestAgent; readonly b: TestAgent };
  readonly repository: string;
  readonly turn: string;
  /** Every client is on both sides. */
  allClients(): void;
  /** The API server starts again, and does not refuse what is guarded for its start alone. */
  startAgain(): Promise<void>;
  readSpec(): Promise<TurnSpec | undefined>;
  /** As whoever may do everything, past the policies' time. */
  writeTurn(user: TestUser, spec: TurnSpec): Promise<void>;
  readBudget(): Promise<unknown>;
  events(): Promise<readonly TestEvent[]>;
  /** `meshrs ARGUMENT...`, as a process of its own. */
  start(user: TestUser, ...args: string[]): Daemon;
  stop(): Promise<void>;
}

export interface TestEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly lastTimestamp: string;
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid?: string };
  readonly source: { readonly component: string };
}

const root = join(import.meta.dirname, '../../../..');

export async function startOpeningCluster(): Promise<OpeningCluster> {
  const repository = makeRepository();
  const { topology } = readTopology('dci.yaml', readFileSync(join(repository.path, 'topologies/dci.yaml'), 'utf8'));
  if (!topology) throw new Error('the topology of the test has errors');
  const scope = { cluster: 'dci', topology, hasCustom: false };
  const api = await startKubeApiserver();
  const [a, b] = [await startAgent(), await startAgent()];
  const agents = { a, b };
  const door = await openDoor(api.host);
  const turn = turnName(topology.routeServers);
  for (const name of ['meshrr', 'metallb']) {
    await apply(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  await apply(api, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'meshrr' } });
  await writeFleet(api);
  const revisions = { a: await writeSide(api, 'a', a.address), b: await writeSide(api, 'b', b.address) };
  const budgets = clusterObjects(scope).filter(({ kind }) => kind === 'PodDisruptionBudget');
  for (const each of budgets) await apply(api, each);
  await writeInterlock(api, repository.path);
  await listServer(api, door.address);
  await grant(api);
  const budget = `/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/${topology.routeServers.app}`;
  const cluster: OpeningCluster = {
    api,
    agents,
    repository: repository.path,
    turn,
    allClients: () => {
      a.answer(agentStatus('a', revisions.a, clients));
      b.answer(agentStatus('b', revisions.b, clients));
    },
    readSpec: async () => ((await api.request('GET', turnPath(turn))).body as { spec?: TurnSpec }).spec,
    writeTurn: async (user, spec) => {
      const body = { spec: { revision: null, until: null, reason: null, nodes: null, ...spec } };
      const answer = await api.requestAs(user, 'PATCH', turnPath(turn), body);
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    },
    startAgain: async () => {
      await api.start();
      await turnIsKnown(api, turn);
    },
    readBudget: async () => {
      const { spec } = (await api.request('GET', budget)).body as { spec: { minAvailable?: unknown } };
      return spec.minAvailable;
    },
    events: async () => {
      const { items } = (await api.request('GET', '/api/v1/namespaces/meshrr/events')).body as { items: TestEvent[] };
      return items;
    },
    start: (user, ...args) =>
      startDaemon(
        'bash',
        ['-c', `cd "$0" && exec "$@"`, repository.path, join(root, 'packages/tools/run-node')].concat(
          join(root, 'packages/cli/src/main.ts'),
          args,
        ),
        { ...process.env, KUBECONFIG: api.writeKubeconfig(user) },
      ),
    stop: async () => {
      await Promise.all([a.close(), b.close(), door.close()]);
      await api.stop();
      repository.remove();
    },
  };
  // The API server takes policies up by and by.
  await waitFor(
    'nobody may write the turn under another name',
    async () =>
      JSON.stringify(
        await api.requestAs('admin', 'PATCH', turnPath(turn), {
          spec: { open: 'none', by: 'somebody-else', reason: String(performance.now()) },
        }),
      ),
    (text) => text.includes('spec.by has to be'),
    30_000,
    100,
  );
  return cluster;
}

/** What a person needs, as it is generated, and bound as docs/operations.md says. */
async function grant(api: KubeApiserver): Promise<void> {
  const rbac = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice@example.com' }];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const turn = 'meshrr-evpnrs.meshrr';
  await apply(api, {
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name: 'alice' } },
    roleRef: { ...rbac, name: `meshrs-open.${turn}` },
    subjects,
  } as ApiObject);
  await apply(api, {
    ...{ apiVersion, kind: 'RoleBinding', metadata: { name: 'alice', namespace: 'meshrr' } },
    roleRef: { ...rbac, name: `meshrs-open-namespace.${turn}` },
    subjects,
  } as ApiObject);
}

/** Kubernetes' list of API servers holds no loopback addresses: one of RFC 2544's range leads to the server of the test. */
async function openDoor(host: string) {
  const address = `198.19.${String(randomInt(256))}.${String(randomInt(1, 255))}`;
  const ip = (...args: string[]) => execFileSync('ip', ['address', ...args, `${address}/32`, 'dev', 'lo']);
  execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo', 'valid_lft', '7200', 'preferred_lft', '7200']);
  const server = createServer((inside) => {
    const outside = connect(6443, host);
    inside.pipe(outside).pipe(inside);
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(6443, address, resolve));
  return {
    address,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      ip('delete');
    },
  };
}

async function listServer(api: KubeApiserver, address: string): Promise<void> {
  const folder = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  await api.request('DELETE', `${folder}/kubernetes`);
  const answer = await api.request('POST', folder, {
    metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
}

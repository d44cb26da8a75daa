import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fleetKey, gateRevision, type AgentStatus } from '@meshrs/contract';
import { agentStatusSchema } from '@meshrs/contract/status';
import { parse } from 'yaml';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { gateUser, type KubeApi } from './kube-api.ts';

const core = '/api/v1/namespaces/meshrr';
const sets = '/apis/apps/v1/namespaces/meshrr/statefulsets';
const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/meshrr';

/** Gives the gate's user the Role that is generated for it. */
export async function grantGeneratedRole(api: KubeApi): Promise<void> {
  const file = path.join(import.meta.dirname, '../../../manifests/test/cases/frr/expected/base/frr/gate-role.yaml');
  const role = parse(readFileSync(file, 'utf8')) as { metadata: { name: string } };
  await api.request('POST', `${rbac}/roles`, role);
  await api.request('POST', `${rbac}/rolebindings`, {
    metadata: { name: 'gate' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: gateUser }],
  });
}

/** Writes a pod as kubelet and StatefulSet controller would leave it. */
export async function writePod(
  api: KubeApi,
  side: string,
  {
    address,
    engine = { running: { startedAt: '2026-11-22T00:00:00Z' } },
    phase = 'Running',
    name = `routeserver-${side}-0`,
    labels = { app: 'meshrr-evpnrs', side },
    statefulSet = `routeserver-${side}`,
  }: PodState,
): Promise<void> {
  await api.request('POST', `${core}/pods`, {
    metadata: { name, labels, ownerReferences: controlledBy(statefulSet) },
    spec: { containers: [{ name: 'frr', image: 'frr' }], nodeName: 'node' },
  });
  await api.request('PATCH', `${core}/pods/${name}/status`, {
    status: {
      phase,
      ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
      containerStatuses: [
        { name: 'frr', image: 'frr', imageID: '', ready: 'running' in engine, restartCount: 0, state: engine },
      ],
    },
  });
}

export interface PodState {
  readonly address?: string;
  readonly engine?: object;
  readonly phase?: string;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What controls it; empty: nothing does. */
  readonly statefulSet?: string;
}

function controlledBy(name: string) {
  if (name === '') return [];
  return [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: '0b7d2a3c-0000-4000-8000-000000000000', controller: true },
  ];
}

export async function deletePod(api: KubeApi, name: string): Promise<void> {
  await api.request('DELETE', `${core}/pods/${name}?gracePeriodSeconds=0`);
}

/** Writes StatefulSet and settings of a side, rolled out and Ready. */
export async function writeSide(
  api: KubeApi,
  side: string,
  { settings, sideRevision, readyReplicas = 1 }: { settings: string; sideRevision?: string; readyReplicas?: number },
): Promise<void> {
  const labels = { app: 'meshrr-evpnrs', side };
  const name = `routeserver-${side}`;
  // As in a sync, settings come before what bears the mark of the side: the API server's times go by seconds.
  await api.request('POST', `${core}/configmaps`, {
    metadata: { name: `${name}-settings` },
    data: { 'meshrr.conf.yml': settings },
  });
  await api.request('POST', sets, {
    metadata: { name, ...(sideRevision !== undefined && { annotations: { [gateRevision]: sideRevision } }) },
    spec: {
      replicas: 1,
      serviceName: 'meshrr-core',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'frr', image: 'frr' }] } },
    },
  });
  await api.request('PATCH', `${sets}/${name}/status`, {
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas },
  });
}

export const fleetName = 'meshrr-evpnrs-fleet';

/** Writes who is in the fleet, as a sync does before it comes to the first gate. */
export async function writeFleet(api: KubeApi, text: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: fleetName }, data: { [fleetKey]: text } };
  await api.apply(`${core}/configmaps/${fleetName}`, object);
}

/** Applies settings with their mark, as Argo CD does. */
export async function applySettings(api: KubeApi, side: string, settings: string, mark: string): Promise<void> {
  const name = `routeserver-${side}-settings`;
  await api.apply(`${core}/configmaps/${name}`, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations: { [gateRevision]: mark } } },
    data: { 'meshrr.conf.yml': settings },
  });
}

export async function writeSettings(api: KubeApi, side: string, settings: string): Promise<void> {
  await api.request('PATCH', `${core}/configmaps/routeserver-${side}-settings`, {
    data: { 'meshrr.conf.yml': settings },
  });
}

export async function writeSideRevision(api: KubeApi, side: string, sideRevision: string): Promise<void> {
  await api.request('PATCH', `${sets}/routeserver-${side}`, {
    metadata: { annotations: { [gateRevision]: sideRevision } },
  });
}

/** Takes every object of the route servers away. */
export async function clearCluster(api: KubeApi): Promise<void> {
  const { items } = (await api.request('GET', `${core}/pods`)) as { items: { metadata: { name: string } }[] };
  for (const place of [
    ...items.map(({ metadata }) => `${core}/pods/${metadata.name}?gracePeriodSeconds=0`),
    `${core}/configmaps/${fleetName}`,
    ...['a', 'b'].flatMap((side) => [
      `${sets}/routeserver-${side}?propagationPolicy=Background`,
      `${core}/configmaps/routeserver-${side}-settings`,
    ]),
  ]) {
    await api.request('DELETE', place).catch((error: unknown) => {
      if (!String(error).includes(' 404 ')) throw error;
    });
  }
}

export interface StatusServer {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves GET /status as the agent of a pod does, which knows its pod, its address and the moment; a status that breaks the
 * schema is a mistake of the test.
 */
export function serveStatus(status: AgentStatus | (() => AgentStatus), pod: string): Promise<StatusServer> {
  const server: Promise<StatusServer> = serve((response) => {
    void server.then(({ address }) => {
      const now = typeof status === 'function' ? status() : status;
      const body = { ...now, agent: { ...now.agent, pod, address, now: moment() } };
      agentStatusSchema.parse(body);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  return server;
}

/** The agent's clock, which goes on while a test has set that of the gate. */
function moment(): string {
  return new Date(performance.timeOrigin + performance.now()).toISOString();
}

/** Serves what the test likes at GET /status, and at nothing else. */
export async function serve(answer: (response: http.ServerResponse) => unknown): Promise<StatusServer> {
  const address = anyLoopbackAddress();
  const server = http.createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/status') answer(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(8179, address, resolve));
  return {
    address,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

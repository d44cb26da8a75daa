import { execFileSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { agentPaths, fleetKey, labels, ports, settingsKeys, turnCopyProbe, turnName, turnPath } from '@meshrs/contract';
import { parseAgentStatus } from '@meshrs/contract/status';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { interlockObjects } from '@meshrs/manifests';
import { waitFor } from '@meshrs/test-kit/wait';
import { readTopology } from '@meshrs/topology';
import { parse } from 'yaml';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';
import type { ApiObject, KubeApiserver } from '../validating/kube-apiserver.test-support.ts';

const caseFolder = join(import.meta.dirname, '../../../manifests/test/cases/frr');

export interface TestSession {
  readonly name: string;
  readonly address: string;
}

/** The clients that the topology of `makeRepository` declares. */
export const clients: readonly TestSession[] = [
  ['dc1-leaf1', '192.168.1.11'],
  ['dc2-leaf1', '192.168.2.11'],
  ['dc3-border1', '192.168.3.11'],
  ['dc4-border1', '192.168.4.11'],
  ['dc5-border1', '192.168.5.11'],
].map(([name = '', address = '']) => ({ name, address }));

/** A repository with the topologies "dci", which declares clients, and "other". */
export function makeRepository(): { readonly path: string; readonly remove: () => void } {
  const scratch = scratchFolderOfTest();
  const text = readFileSync(join(caseFolder, 'topology.yaml'), 'utf8');
  const declared = clients.map(
    ({ name, address }, index) =>
      `  ${name}: { system: frr, asn: "${String(65101 + index)}", addresses: [${address}] }\n`,
  );
  mkdirSync(join(scratch.path, 'topologies'));
  writeFileSync(
    join(scratch.path, 'topologies/dci.yaml'),
    `${text.replace(/^clients:[^]*/m, '')}\nclients:\n${declared.join('')}`,
  );
  writeFileSync(join(scratch.path, 'topologies/other.yaml'), text);
  return scratch;
}

/** The whole interlock of the topology "dci", in force: what belongs to a side is made before. */
export async function writeInterlock(api: KubeApiserver, repository: string): Promise<void> {
  const { topology } = readTopology('dci.yaml', readFileSync(join(repository, 'topologies/dci.yaml'), 'utf8'));
  if (!topology) throw new Error('the topology of the test has errors');
  await api.installTurns();
  for (const { object } of interlockObjects({ cluster: 'dci', topology, hasCustom: false })) {
    await apply(api, object);
  }
  await turnIsKnown(api, turnName(topology.routeServers));
}

/**
 * Until the API server decides by the turn: it takes policies up by and by, and one that has just started may not know the
 * kind of the turn for 30 s.
 */
export async function turnIsKnown(api: KubeApiserver, turn: string): Promise<void> {
  const { label, value, before } = turnCopyProbe;
  await waitFor(
    'the API server decides by the turn',
    async () =>
      JSON.stringify(
        await api.requestAs('admin', 'PATCH', `${turnPath(turn)}?dryRun=All`, {
          metadata: { labels: { [label]: value } },
        }),
      ),
    (text) => text.includes(`denied request: ${before}`),
    60_000,
    100,
  );
}

/** A side as it is when it has rolled out: the generated objects, their status, and a pod. */
export async function writeSide(api: KubeApiserver, side: string, podAddress: string): Promise<string> {
  for (const file of ['settings', 'service', `stateful-set-routeserver-${side}`]) await apply(api, object(side, file));
  const set = `routeserver-${side}`;
  const vip = side === 'a' ? '192.168.255.1' : '192.168.255.2';
  await applyStatus(api, 'apps/v1', 'StatefulSet', set, {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    updateRevision: `${set}-77f9`,
  });
  await applyStatus(api, 'v1', 'Service', set, { loadBalancer: { ingress: [{ ip: vip, ipMode: 'VIP' }] } });
  await apply(api, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${set}-0`,
      namespace: 'meshrr',
      labels: { [labels.app]: 'meshrr-evpnrs', [labels.side]: side, [labels.workload]: set },
      ownerReferences: [
        {
          ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: set, controller: true },
          uid: '0b7d2a3c-0000-4000-8000-000000000000',
        },
      ],
    },
    spec: { containers: [{ name: 'frr', image: 'frr' }], nodeName: `node-${side}` },
  } as ApiObject);
  const running = { running: { startedAt: '2026-11-22T00:00:00Z' } };
  await applyStatus(api, 'v1', 'Pod', `${set}-0`, {
    phase: 'Running',
    podIP: podAddress,
    podIPs: [{ ip: podAddress }],
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'frr', image: 'frr', imageID: '', ready: true, restartCount: 2, started: true, state: running },
    ],
  });
  return revisionOf(object(side, 'settings'), settingsKeys.settings);
}

const fleet = parse(readFileSync(join(caseFolder, 'expected/base/frr/fleet.yaml'), 'utf8')) as ApiObject;

/** The revision of what the generated ConfigMap of the fleet says. */
export const fleetRevision = revisionOf(fleet, fleetKey);

/** The ConfigMap that tells who is in the fleet. */
export async function writeFleet(api: KubeApiserver): Promise<void> {
  await apply(api, fleet);
}

function revisionOf(configMap: ApiObject, key: string): string {
  const { data } = configMap as unknown as { data: Record<string, string> };
  return createHash('sha256')
    .update(data[key] ?? '')
    .digest('hex');
}

/** GET /status of an agent whose engine has these sessions. */
export function agentStatus(side: string, revision: string, sessions: readonly TestSession[]): object {
  return parseAgentStatus({
    ...servingStatus,
    agent: { ...servingStatus.agent, pod: `routeserver-${side}-0` },
    settings: { ...servingStatus.settings, revision },
    fleet: { revision: fleetRevision },
    sessions: {
      kind: 'read',
      ageMs: 5,
      passedOver: [],
      list: sessions.map(({ name, address }) => ({
        address,
        name,
        kind: 'declared-client',
        state: 'established',
        remoteAsn: 65101,
        remoteRouterId: address,
        uptimeSeconds: 60,
        receivedPrefixes: 8,
        sentPrefixes: 32,
        endOfRib: { received: true, sent: true },
      })),
    },
  });
}

export type Silence = 'silent' | 'endless' | 'refusing';

export interface TestAgent {
  readonly address: string;
  answer(status: object): void;
  /** Takes requests and answers none of them, begins an answer that never ends, or says that it cannot. */
  fall(how: Silence): void;
  readonly close: () => Promise<void>;
}

/**
 * Serves /status where a pod would. kube-apiserver proxies to no loopback address, so it has one of RFC 2544's range,
 * which belongs to no network and leaves by itself when the test cannot take it away:
 * long after the longest test, beside whatever else.
 */
export async function startAgent(): Promise<TestAgent> {
  const address = `198.18.${String(randomInt(256))}.${String(randomInt(1, 255))}`;
  const ip = (...args: string[]) => execFileSync('ip', ['address', ...args, `${address}/32`, 'dev', 'lo']);
  execFileSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo', 'valid_lft', '7200', 'preferred_lft', '7200']);
  let status: object | Silence = {};
  const server = http.createServer((request, response) => {
    if (status === 'silent') return;
    if (status === 'refusing') response.writeHead(503).end();
    else if (status === 'endless') trickle(response);
    else if (request.url === agentPaths.status) response.end(JSON.stringify(atAddress(status, address)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(ports.agent, address, resolve));
  return {
    address,
    answer: (next) => {
      status = next;
    },
    fall: (how) => {
      status = how;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      ip('delete');
    },
  };
}

/** A byte now and then: a socket that is never idle. */
function trickle(response: http.ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 200);
  response.on('close', () => {
    clearInterval(timer);
  });
}

/** What an agent says whose pod has this address, at this moment: its clients have sent something since it was asked last. */
function atAddress(status: object, address: string): object {
  if (!('agent' in status) || typeof status.agent !== 'object') return status;
  const receivedMessages = Math.floor(performance.now());
  const { sessions } = status as { readonly sessions?: { readonly list?: readonly object[] } };
  return {
    ...status,
    agent: { ...status.agent, address, now: new Date().toISOString() },
    ...(sessions && {
      sessions: { ...sessions, list: (sessions.list ?? []).map((each) => ({ ...each, receivedMessages })) },
    }),
  };
}

export async function apply(api: KubeApiserver, value: ApiObject): Promise<void> {
  const answer = await api.apply(value);
  if (answer.status > 201) throw new Error(`${value.kind} ${value.metadata.name}: ${JSON.stringify(answer.body)}`);
}

function object(side: string, file: string): ApiObject {
  return parse(readFileSync(join(caseFolder, `expected/overlays/dci/${side}/${file}.yaml`), 'utf8')) as ApiObject;
}

async function applyStatus(
  api: KubeApiserver,
  apiVersion: string,
  kind: string,
  name: string,
  status: object,
): Promise<void> {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const answer = await api.request(
    'PATCH',
    `${group}/namespaces/meshrr/${kind.toLowerCase()}s/${name}/status?fieldManager=test-status&force=true`,
    { apiVersion, kind, metadata: { name, namespace: 'meshrr' }, status },
  );
  if (answer.status > 201) throw new Error(`${kind} ${name}: ${JSON.stringify(answer.body)}`);
}

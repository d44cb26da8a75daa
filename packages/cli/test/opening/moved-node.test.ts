import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { interlockObjects, type KubernetesObject } from '@meshrs/manifests';
import { readText } from '@meshrs/manifests/test-support';
import type { Daemon } from '@meshrs/test-kit/daemon';
import { waitFor } from '@meshrs/test-kit/wait';
import type { Topology } from '@meshrs/topology';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeChanges } from '../../src/comparing/moved-nodes.ts';
import { apply } from '../../src/status/live-cluster.test-support.ts';
import { typeCommand } from '../support/typed-command.ts';
import { startOpeningCluster, type OpeningCluster } from './opening-cluster.ts';

/*
 * What a build prints for nodes that change their sides is typed here as it is printed, when the commit is merged: in the tree with
 * the new topology, at an API server with the whole interlock.
 */

let cluster: OpeningCluster;
let topology: string;
beforeAll(async () => {
  cluster = await startOpeningCluster();
  cluster.allClients();
  topology = readFileSync(join(cluster.repository, file), 'utf8');
});
afterAll(async () => {
  await cluster.stop();
});

const file = 'topologies/dci.yaml';
const podPath = (side: string): string => `/api/v1/namespaces/meshrr/pods/routeserver-${side}-0`;

/** What is printed for the topology that is written now, when its commit is synced: the interlock is that of the new one then. */
async function printed(before: string, after: string): Promise<ReturnType<typeof nodeChanges>> {
  expect(after).not.toBe(before);
  writeFileSync(join(cluster.repository, file), after);
  await syncPolicies(readText(after));
  return nodeChanges([{ file, text: before }], [{ file, text: after }], ['dci']);
}

/** The API server takes policies up by and by, all that it knows at a time: the one that is asked for is written last. */
async function syncPolicies(topology: Topology): Promise<void> {
  const isLast = (object: KubernetesObject): boolean => JSON.stringify(object).includes('spec.nodes names a node');
  const policies = interlockObjects({ cluster: 'dci', topology, hasCustom: false })
    .map(({ object }) => object)
    .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  expect(policies.filter(isLast)).toHaveLength(1);
  for (const policy of policies.filter((each) => !isLast(each))) await apply(cluster.api, policy);
  for (const policy of policies.filter(isLast)) await apply(cluster.api, policy);
  const nodes = Object.entries(topology.nodes).flatMap(([name, { side }]) => (side === 'b' ? [name] : []));
  const until = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
  await waitFor(
    'the policies of the new topology count',
    () =>
      cluster
        .writeTurn('admin', { open: 'b', by: 'admin', reason: 'the nodes of the new topology', nodes, until })
        .then(() => 'open', String),
    (answer) => answer === 'open',
    30_000,
    100,
  );
  await cluster.writeTurn('admin', { open: 'none', by: 'admin', reason: 'they count' });
}

const type = (command: string) => typeCommand(command, cluster.api.writeKubeconfig('admin'));

/** The API server takes policies up by and by; dry runs pass always, and these labels mean nothing. */
async function isGuarded(path: string, label: string): Promise<void> {
  await waitFor(
    `${path} is guarded`,
    () =>
      cluster.api.requestAs('admin', 'PATCH', path, {
        metadata: { labels: { [label]: String(Math.floor(performance.now())) } },
      }),
    ({ status }) => status === 403,
    30_000,
    100,
  );
}

async function makeNode(name: string, side: string): Promise<void> {
  await cluster.api.request('POST', '/api/v1/nodes', { metadata: { name, labels: { side } } });
  await isGuarded(`/api/v1/nodes/${name}`, 'kubernetes.io/os');
}

async function expectRefused(...commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const { code, out } = await type(command);
    expect([code === 0, out.includes('denied request')], out).toEqual([false, true]);
  }
}

const opened = (program: Daemon, words: string): Promise<unknown> =>
  waitFor(
    words,
    () => program.output(),
    (said) => said.includes(words) || !program.isRunning(),
    60_000,
    50,
  );

async function close(program: Daemon): Promise<void> {
  program.signal('SIGINT');
  await waitFor(
    'it has ended',
    () => program.isRunning(),
    (runs) => !runs,
    30_000,
    50,
  );
  expect(program.output()).toContain('Closed: no side may change.');
}

/** Types the deletion of a route server, and does as its kubelet when the pod has ended. */
async function deletePod(command: string, side: string): Promise<void> {
  const removed = type(command);
  await waitFor(
    'the route server ends',
    async () => JSON.stringify((await cluster.api.request('GET', podPath(side))).body),
    (body) => body.includes('deletionTimestamp'),
    30_000,
    50,
  );
  expect((await cluster.api.request('DELETE', `${podPath(side)}?gracePeriodSeconds=0`)).status).toBe(200);
  expect(await removed).toMatchObject({ code: 0, out: expect.stringContaining(`routeserver-${side}-0`) as string });
}

const sideOf = async (name: string): Promise<unknown> => {
  const { body } = await cluster.api.request('GET', `/api/v1/nodes/${name}`);
  return (body as { readonly metadata: { readonly labels: Readonly<Record<string, string>> } }).metadata.labels['side'];
};

test('a node that moves to another side does so by the commands that are printed', async () => {
  // The node on which the route server of side a runs becomes one of side b; side a has two others.
  const node = 'node-a';
  const before = topology.replace('  dc1-node3:', `  ${node}:`);
  const { acts, stuck } = await printed(before, before.replace(`${node}:\n    side: a`, `${node}:\n    side: b`));
  expect(stuck).toEqual([]);
  const [open = '', label = '', remove = '', ...others] = acts.flatMap(({ commands }) => commands);
  expect(others).toEqual([]);
  const words = /^pnpm meshrs open (\S+) (\S+) --reason '([^']+)'$/.exec(open)?.slice(1) ?? expect.unreachable(open);
  const [side = '', name = '', reason = ''] = words;
  await makeNode(node, 'a');
  await isGuarded(podPath('a'), 'meshrs.dev/test');
  // While the side is closed, nobody takes its node or its route server.
  await expectRefused(label, remove);

  const program = cluster.start('alice', 'open', side, name, '--reason', reason);
  await opened(program, 'Side a is open until');
  expect(await type(label)).toMatchObject({ code: 0 });
  await deletePod(remove, 'a');
  await close(program);
  expect(await sideOf(node)).toBe('b');
});

test('in an outage two nodes change places by the whole list that is printed', async () => {
  // Each is the only one of its side; the route server of side b runs on one.
  const before = topology
    .replace(/^ {2}dc\d-node[23]:\n(?: {4}.*\n)+/gm, '')
    .replace('  dc1-node1:', '  node-x:')
    .replace('  dc2-node1:', '  node-b:');
  const other = { a: 'b', b: 'a' } as const;
  const { acts, stuck } = await printed(
    before,
    before.replaceAll(/(?<=^ {4}side: )[ab]$/gm, (side) => other[side as 'a' | 'b']),
  );
  expect(stuck).toMatchObject([{ because: 'last-nodes' }]);
  const [open = '', ...list] = acts.flatMap(({ commands }) => commands);
  const [first = '', second = '', none = '', remove = '', ...others] = list;
  expect(others).toEqual([]);
  const [, name = '', reason = ''] =
    /^pnpm meshrs open --both --force (\S+) --reason '([^']+)'$/.exec(open) ?? expect.unreachable(open);
  await makeNode('node-x', 'a');
  await makeNode('node-b', 'b');
  await isGuarded(podPath('b'), 'meshrs.dev/test');
  await expectRefused(first, second, remove);

  // In a terminal it asks for the name of the fleet.
  const words = ['open', '--both', '--force', name, '--reason', reason, '--confirm', 'meshrr-evpnrs.meshrr'];
  const program = cluster.start('admin', ...words);
  await opened(program, 'All sides and what they share are open until');
  for (const command of [first, second]) expect(await type(command)).toMatchObject({ code: 0 });
  // No route server runs there.
  expect(await type(none)).toMatchObject({ code: 0 });
  await deletePod(remove, 'b');
  await close(program);
  expect(await Promise.all(['node-x', 'node-b'].map(sideOf))).toEqual(['b', 'a']);
});

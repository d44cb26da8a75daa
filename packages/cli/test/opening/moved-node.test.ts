import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { nodeChanges } from '../../src/comparing/moved-nodes.ts';
import { startOpeningCluster, type OpeningCluster } from './opening-cluster.ts';

/*
 * What a build prints for a node that changes its side is typed here as it is printed, when the commit is merged: in the tree with
 * the new topology, at an API server with the whole interlock.
 */

const node = 'node-a';
const pod = '/api/v1/namespaces/meshrr/pods/routeserver-a-0';

let cluster: OpeningCluster;
beforeAll(async () => {
  cluster = await startOpeningCluster();
  cluster.allClients();
}, 180_000);
afterAll(async () => {
  await cluster.stop();
});

/** The node on which the route server of side a runs becomes one of side b; side a has two others. */
function printed(): readonly string[] {
  const file = 'topologies/dci.yaml';
  const path = join(cluster.repository, file);
  const before = readFileSync(path, 'utf8').replace('  dc1-node3:', `  ${node}:`);
  const after = before.replace(`${node}:\n    side: a`, `${node}:\n    side: b`);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  const { acts, stuck } = nodeChanges([{ file, text: before }], [{ file, text: after }], []);
  expect(stuck).toEqual([]);
  return acts.flatMap(({ commands }) => commands);
}

/** By a shell, as a person types it. */
async function type(command: string): Promise<{ readonly code: number | null; readonly out: string }> {
  const path = `${dirname(locateTool('kubectl'))}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH: path, KUBECONFIG: cluster.api.writeKubeconfig('admin') };
  const program = spawn('sh', ['-c', `exec ${command}`], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  // A shell that runs one command becomes that command.
  onTestFinished(() => {
    program.kill('SIGKILL');
  });
  let out = '';
  for (const stream of [program.stdout, program.stderr]) stream.on('data', (data) => (out += String(data)));
  return new Promise((resolve) => {
    program.on('close', (code) => {
      resolve({ code, out });
    });
  });
}

test('a node that moves to another side does so by the commands that are printed', { timeout: 120_000 }, async () => {
  const [open = '', label = '', remove = '', ...others] = printed();
  expect(others).toEqual([]);
  await cluster.api.request('POST', '/api/v1/nodes', { metadata: { name: node, labels: { side: 'a' } } });
  const words = /^pnpm meshrs open (\S+) (\S+) --reason '([^']+)'$/.exec(open)?.slice(1) ?? expect.unreachable(open);
  const [side = '', topology = '', reason = ''] = words;
  // The API server takes policies up by and by; dry runs pass always, and these labels mean nothing.
  for (const [path, label] of [
    [`/api/v1/nodes/${node}`, 'kubernetes.io/os'],
    [pod, 'meshrs.dev/test'],
  ] as const) {
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
  // While the side is closed, nobody takes its node or its route server.
  for (const command of [label, remove]) {
    const { code, out } = await type(command);
    expect([code === 0, out.includes('denied request')], out).toEqual([false, true]);
  }

  const program = cluster.start('alice', 'open', side, topology, '--reason', reason);
  await waitFor(
    'side a is open',
    () => program.output(),
    (said) => said.includes('Side a is open until') || !program.isRunning(),
    60_000,
    50,
  );
  expect(await type(label)).toMatchObject({ code: 0 });
  const removed = type(remove);
  // As its kubelet does it, when the pod has ended.
  await waitFor(
    'the route server ends',
    async () => JSON.stringify((await cluster.api.request('GET', pod)).body),
    (body) => body.includes('deletionTimestamp'),
    30_000,
    50,
  );
  expect((await cluster.api.request('DELETE', `${pod}?gracePeriodSeconds=0`)).status).toBe(200);
  expect(await removed).toMatchObject({ code: 0, out: expect.stringContaining('routeserver-a-0') as string });
  program.signal('SIGINT');
  await waitFor(
    'it has ended',
    () => program.isRunning(),
    (runs) => !runs,
    30_000,
    50,
  );
  expect(program.output()).toContain('Closed: no side may change.');
  const { body } = await cluster.api.request('GET', `/api/v1/nodes/${node}`);
  expect(body).toMatchObject({ metadata: { labels: { side: 'b' } } });
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compareBuilt, type Act } from '@meshrs/impact';
import { renderManifests } from '@meshrs/manifests';
import { readText } from '@meshrs/manifests/test-support';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeChanges } from '../../src/comparing/moved-nodes.ts';
import { pathOf } from '../interlock/guarded-cluster.ts';
import { runGit } from '../support/run-git.ts';
import { generated, source, startFleetApi } from './fleet-api.ts';
import type { RealApi } from './real-api.ts';

/*
 * Each command that a build prints for a person is run here as it is printed, by a shell, on a real API server, and does what is
 * said of it. `argocd app confirm-deletion` talks to Argo CD's own server: the lab does what it does (packages/lab, removed-side.ts);
 * `meshrs open` is run by test/opening, that of nodes that move by moved-node.test.ts there; what has to be deleted while a side is
 * open, by guarded-acts.test.ts.
 */

/** What there is to do beside an edit of the topology. */
function actsOf(edit: (text: string) => string): readonly Act[] {
  const [before, after] = [generated(source), generated(edit(source))];
  const around = { cluster: 'dci', before: before.outside, after: after.outside };
  const acts = [
    ...compareBuilt(before.inside, after.inside, around).acts,
    ...nodeChanges([{ file: 'dci.yaml', text: source }], [{ file: 'dci.yaml', text: edit(source) }], []).acts,
  ];
  expect(acts).not.toEqual([]);
  return acts;
}

let api: RealApi;
beforeAll(async () => {
  const { interlock } = generated(source);
  api = await startFleetApi(interlock.filter(({ kind }) => ['Turn', 'CustomResourceDefinition'].includes(kind)));
  for (const [name, side] of [
    ['dc1-node3', 'a'],
    ['dc2-node1', 'b'],
    ['dc2-node2', 'b'],
  ] as const) {
    await api.must({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { side } } });
  }
});
afterAll(async () => {
  await api.server.remove();
});

interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
}

/** As a person runs it, in the folder of the repository. */
function run(command: string, cwd = api.server.folder): Ran {
  const path = `${dirname(locateTool('kubectl'))}:${process.env['PATH'] ?? ''}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, KUBECONFIG: api.kubeconfig },
  });
  return { exitCode: status, out: `${stdout}${stderr}` };
}

const commandsOf = (acts: readonly Act[], words: RegExp): readonly string[] => {
  const found = acts.filter(({ what }) => words.test(what)).flatMap(({ commands }) => commands);
  expect(found, String(words)).not.toEqual([]);
  return found;
};
const labelOf = async (node: string): Promise<string | undefined> => {
  const { body } = await api.get(`/api/v1/nodes/${node}`);
  return (body as { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }).metadata.labels?.[
    'side'
  ];
};

test('a Secret that has to be there: the command tells whether it is', () => {
  const acts = actsOf((text) => text.replace('metallb:\n', 'metallb:\n  password: { secret: other }\n'));
  const [command = ''] = commandsOf(acts, /^the Secret/);
  expect(run(command)).toMatchObject({ exitCode: 1, out: expect.stringContaining('not found') as string });
  const [, namespace, name] = /-n (\S+) get secret (\S+)$/.exec(command) ?? [];
  expect(
    run(`kubectl -n ${String(namespace)} create secret generic ${String(name)} --from-literal=password=x`),
  ).toMatchObject({
    exitCode: 0,
  });
  expect(run(command)).toMatchObject({ exitCode: 0 });
});

/** All that is printed, in its order, but what opens a side. */
function typed(acts: readonly Act[]): readonly string[] {
  const commands = acts.flatMap((act) => act.commands);
  return commands.filter((command) => !command.startsWith('pnpm meshrs open '));
}

test('a node that moves, one that comes, and one that leaves get their labels', async () => {
  const acts = actsOf((text) =>
    text.replace(/( {2}dc1-node3:\n {4}side: )a/, '$1b').replace('  dc2-node1:', '  dc2-node9:'),
  );
  await api.must({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'dc2-node9' } });
  const commands = typed(acts);
  expect(commands.map((command) => /^kubectl (?:-n \S+ )?(\S+ \S+)/.exec(command)?.[1])).toEqual([
    'label node',
    ...['label node', 'delete pod'],
    ...['label node', 'delete pod'],
  ]);
  for (const command of commands) expect(run(command)).toMatchObject({ exitCode: 0 });
  expect(await Promise.all(['dc1-node3', 'dc2-node1', 'dc2-node9'].map(labelOf))).toEqual(['b', undefined, 'b']);
});

test('the nodes of a side that comes get its label, those of one that goes lose it', async () => {
  for (const name of ['dc3-node1', 'dc3-node2', 'dc3-node3'])
    await api.must({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await api.must({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'dc2-node2', labels: { side: 'b' } } });
  const acts = actsOf((text) =>
    text
      .replace('sides: [a, b]', 'sides: [a, c]')
      .replace(/^ {2}b:$/m, '  c:')
      .replaceAll('side: b', 'side: c')
      .replaceAll('  dc2-node', '  dc3-node')
      .replace('routeserver-b:', 'rs-c:')
      .replace('192.168.255.2]', '192.168.255.9]'),
  );
  const [come = '', ...others] = commandsOf(acts, /^the nodes of side c need/);
  expect(others).toEqual([]);
  const commands = typed(acts).filter((command) => command.startsWith('kubectl label'));
  expect(commands).toHaveLength(5);
  // The word for a node is the one that is not typed as it stands: those of the topology have a line each.
  for (const command of commands.map((each) => (each === come ? each.replace('NODE', 'dc3-node1') : each))) {
    expect(run(command)).toMatchObject({ exitCode: 0 });
  }
  expect(await Promise.all(['dc2-node2', 'dc3-node1', 'dc3-node2'].map(labelOf))).toEqual([undefined, 'c', 'c']);
});

test('what no commit applies is applied from the files that are generated', async () => {
  const text = source.replace('meshrs.git\n', 'meshrs.git\n  revision: next\n  gate: { seconds: 777 }\n');
  const folder = join(api.server.folder, 'repository');
  const { files } = renderManifests([{ file: 'topologies/dci.yaml', topology: readText(text) }], () => false);
  for (const { path, text: content } of files.filter((each) => each.path.startsWith('clusters/'))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  // Argo CD's controller, as its installation has it.
  const template = { metadata: { labels: { x: 'why' } }, spec: { containers: [{ name: 'x', image: 'x' }] } };
  await api.must({
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet' },
    metadata: { name: 'argocd-application-controller', namespace: 'argocd' },
    ...{ spec: { serviceName: 'x', selector: { matchLabels: { x: 'why' } }, template } },
  });
  const acts = actsOf(() => text);
  const commands = [...commandsOf(acts, /^Argo CD's own settings/), ...commandsOf(acts, /^the root Application/)];

  for (const command of commands) expect(run(command, folder)).toMatchObject({ exitCode: 0 });

  expect(commands).toHaveLength(3);
  for (const wanted of generated(text).outside) {
    const isByHand = wanted.metadata.name === 'meshrs-root-dci' || wanted.kind === 'ConfigMap';
    const { status, body } = await api.get(pathOf(wanted));
    expect([wanted.metadata.name, status === 200]).toEqual([
      wanted.metadata.name,
      isByHand || ['Turn', 'CustomResourceDefinition'].includes(wanted.kind),
    ]);
    if (isByHand) expect(body).toMatchObject(JSON.parse(JSON.stringify(wanted)) as object);
  }
  const { body } = await api.get('/apis/apps/v1/namespaces/argocd/statefulsets/argocd-application-controller');
  expect(JSON.stringify(body)).toContain('kubectl.kubernetes.io/restartedAt');
});

test('the commits of which Argo CD may have brought a part are what the operations page asks for', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const command =
    /^ {4}of\(\) [^]*?^ {4}done$/m.exec(page)?.[0].replaceAll(/^ {4}/gm, '') ?? expect.unreachable('no such command');
  const folder = join(api.server.folder, 'programs');
  mkdirSync(folder);
  writeFileSync(join(folder, 'pnpm'), '#!/bin/sh\necho "$*"\n', { mode: 0o755 });
  runGit(folder, 'init', '--quiet');
  const [first = '', second = '', third = ''] = ['one', 'two', 'three'].map((message) => {
    runGit(folder, 'commit', '--quiet', '--allow-empty', '--message', message);
    return runGit(folder, 'rev-parse', 'HEAD');
  });
  const application = generated(source).outside.find(
    ({ kind, metadata }) => kind === 'Application' && metadata.name === 'meshrs-route-servers-dci',
  );
  // As Argo CD writes it: the newest last, and none where there is none (Application, "status.history").
  const history = (...revisions: string[]): object => ({
    history: revisions.map((revision, id) => ({ id, revision, deployedAt: '2026-01-01T00:00:00Z' })),
  });
  const tried = (revision: string): object => ({
    operationState: {
      operation: { sync: { revision } },
      ...{ phase: 'Failed', startedAt: '2026-01-01T00:00:00Z', syncResult: { revision } },
    },
  });
  for (const [status, commits] of [
    [undefined, []],
    [history(first, second), [second]],
    // None has come to its end: a part of any may be there.
    [tried(third), [first, second, third]],
    // Neither tells what of the second has come to the cluster, nor does a revert to the first.
    [{ ...history(first), ...tried(third) }, [first, second, third]],
    [{ ...history(first, second), ...tried(third) }, [second, third]],
    [{ ...history(first, second), ...tried(second) }, [second]],
    // An older one again, by another `gitops.revision` or a forced push.
    [{ ...history(first, third), ...tried(first) }, [first, third]],
  ] as const) {
    await api.must({ ...(application ?? expect.unreachable()), ...(status && { status }) });
    const { exitCode, out } = run(`PATH=${folder}:$PATH\n${command}`, folder);
    const asked = commits.map((commit) => `check --base ${commit}`).sort();
    expect([exitCode, out.split('\n').filter(Boolean)], JSON.stringify(status)).toEqual([0, asked]);
  }
});

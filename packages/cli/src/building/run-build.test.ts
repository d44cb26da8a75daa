import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatFindings } from '../output/report.ts';
import { runBuild, type BuildReport } from './run-build.ts';
import {
  scratchRepository,
  tools,
  topologyOf,
  writeCustom,
  type ScratchRepository,
} from '../../test/support/scratch-repository.ts';

test('a first build writes the tree and its record; a second one writes nothing', async () => {
  const repository = scratchRepository();

  const first = await build(repository);
  const second = await build(repository);

  expect(first).toMatchObject({ ok: true, problems: [], comparisons: [], removed: [] });
  expect(first.written.at(-1)).toBe('generated.json');
  expect(Object.keys(recordOf(repository))).toEqual(first.written.slice(0, -1).sort());
  expect(second).toMatchObject({ ok: true, written: [], removed: [], unchanged: first.written.length - 1 });
  expect(readdirSync(join(repository.path, '.cache/meshrs'))).toEqual([]);
});

test('a topology with an error writes nothing, and all issues come with their places', async () => {
  const repository = scratchRepository();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  namespace: metallb\n  template: mine');
  repository.edit('topologies/dci.yaml', 'asns:', 'asn:');

  const report = await build(repository);

  expect(report).toMatchObject({ ok: false, written: [] });
  expect(report.issues.map(({ code }) => code)).toContain('unknown-key');
  expect(existsSync(join(repository.path, 'base'))).toBe(false);
});

test('what stands against generating is an issue with a line', async () => {
  const repository = scratchRepository();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  namespace: metallb\n  template: mine');

  const report = await build(repository);

  expect(report.ok).toBe(false);
  const errors = report.issues.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ code, file, line }) => ({ code, file, line }))).toEqual([
    { code: 'namespace-shared', file: 'topologies/dci.yaml', line: 17 },
    { code: 'engine-lacks', file: 'topologies/dci.yaml', line: 18 },
  ]);
});

const filesOfSide = (side: string): readonly string[] =>
  [
    ...['bgp-advertisement', `bgp-peer-routeserver-${side}-fabric`, 'gate', 'ip-address-pool', 'network-policy'],
    ...['service', 'settings', `stateful-set-routeserver-${side}`],
  ].map((name) => `overlays/dci/${side}/${name}.yaml`);

test('one address touches the files of one side, and who else may announce it', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');

  const report = await build(repository);

  expect(report.written).toEqual([
    'clusters/dci/interlock/policy-foreign-announcements.yaml',
    'clusters/dci/interlock/policy-foreign-services.yaml',
    ...filesOfSide('b'),
    'overlays/dci/removal-gate.yaml',
    // Its clients dial it, and the router of its node takes it from MetalLB.
    ...['dc1-leaf1.junos.conf', 'dc2-border1.junos.conf', 'dc2-leaf1.frr.conf', 'README.md'].map(
      (name) => `routers/dci/${name}`,
    ),
    'generated.json',
  ]);
  expect(report.comparisons).toMatchObject([{ cluster: 'dci', disturbedSides: ['b'], removedRouteServers: [] }]);
});

test('a change that disturbs both sides is refused, and nothing is written, until it is allowed', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  persistence: {}');

  const refused = await build(repository);

  expect(refused).toMatchObject({ ok: false, written: [] });
  expect(refused.problems.map(({ code, where }) => [code, where])).toEqual([['both-sides', 'overlays/dci']]);
  // Other words than this one are no permission.
  const forced = await build(repository, { force: true, allowRemoval: true });
  expect(forced).toMatchObject({ ok: false, written: [], problems: [{ code: 'both-sides' }] });
  expect(refused.problems[0]?.message).toContain(
    'side a: StatefulSet meshrr/routeserver-a has to be deleted and created again',
  );
  expect(refused.problems[0]?.message).toContain(
    'side b: StatefulSet meshrr/routeserver-b has to be deleted and created again',
  );
  expect(repository.read('overlays/dci/a/stateful-set-routeserver-a.yaml')).not.toContain('volumeClaimTemplates');

  expect(await build(repository, { allowBothSides: true })).toMatchObject({ ok: true });
  expect(repository.read('overlays/dci/a/stateful-set-routeserver-a.yaml')).toContain('volumeClaimTemplates');
});

test('a change of both sides that Argo CD makes one side at a time is written', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  drain: { ceaseSeconds: 3 }');

  const report = await build(repository);

  expect(report).toMatchObject({
    ok: true,
    problems: [],
    comparisons: [{ disturbedSides: ['a', 'b'], unordered: [], turns: ['a', 'b'] }],
  });
  expect(formatFindings(report)).toContain(
    '  in this order: Argo CD changes side a, waits for its clients, then side b',
  );
});

test('what was never committed disturbs nobody', async () => {
  const repository = scratchRepository();
  await build(repository);
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  persistence: {}');

  expect(await build(repository)).toMatchObject({ ok: true, comparisons: [] });
});

test('a file edited by hand is named and kept, until it is forced', async () => {
  const repository = await builtAndCommitted();
  repository.edit('overlays/dci/b/service.yaml', 'port: 179', 'port: 1179');
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');

  const refused = await build(repository);

  expect(refused).toMatchObject({ ok: false, written: [] });
  expect(refused.problems.map(({ code, where }) => [code, where])).toEqual([
    ['hand-edited', 'overlays/dci/b/service.yaml'],
  ]);
  expect(repository.read('overlays/dci/b/service.yaml')).toContain('port: 1179');
  expect(repository.read('overlays/dci/b/ip-address-pool.yaml')).toContain('192.168.255.2');

  expect(await build(repository, { force: true })).toMatchObject({ ok: true });
  expect(repository.read('overlays/dci/b/service.yaml')).not.toContain('1179');
});

test('only owned files go when nobody wants them any more', async () => {
  const repository = await builtAndCommitted('two-positions');
  repository.write('overlays/dci/a/mine.yaml', 'mine: true\n');
  repository.write('topologies/dci.yaml', topologyOf('frr'));

  const report = await build(repository, { allowBothSides: true });

  expect(report.removed).toEqual([
    'overlays/dci/a/bfd-profile.yaml',
    'overlays/dci/a/bgp-peer-routeserver-a-spare.yaml',
    'overlays/dci/b/bfd-profile.yaml',
    'overlays/dci/b/bgp-peer-routeserver-b-spare.yaml',
    'routers/dci/dc1-border2.iosxr.conf',
    'routers/dci/dc2-border2.iosxr.conf',
  ]);
  expect(repository.read('overlays/dci/a/mine.yaml')).toBe('mine: true\n');
});

test('one route server may go; more need a word', async () => {
  const repository = await builtAndCommitted('two-replicas');
  repository.edit('topologies/dci.yaml', 'replicas: 2', 'replicas: 1');
  expect(await build(repository)).toMatchObject({
    ok: true,
    comparisons: [{ removedRouteServers: ['meshrr/routeserver-b-1'] }],
  });
  repository.commit();
  repository.edit('topologies/dci.yaml', '      routeserver-b:\n', '      routeserver-x:\n');
  repository.edit('topologies/dci.yaml', '      routeserver-a:\n', '      routeserver-y:\n');

  const refused = await build(repository, { allowBothSides: true });

  expect(refused.problems.map(({ code, seen }) => [code, seen])).toEqual([
    ['removes-route-servers', 'meshrr/routeserver-a-0 on dci, meshrr/routeserver-b-0 on dci'],
  ]);
  expect(await build(repository, { allowBothSides: true, allowRemoval: true })).toMatchObject({ ok: true });
});

test('two route servers of each side do not become one in one commit, but a side at a time', async () => {
  const repository = scratchRepository('two-replicas');
  const ofA = {
    two: 'replicas: 2\n        routerIds: [192.168.255.11, 192.168.255.12]',
    one: 'routerIds: [192.168.255.11]',
  };
  repository.edit('topologies/dci.yaml', ofA.one, ofA.two);
  repository.edit('topologies/dci.yaml', '[192.168.255.1]', '[192.168.255.1]\n    acceptRehash: true');
  expect(await build(repository)).toMatchObject({ ok: true, problems: [] });
  repository.commit();
  repository.edit('topologies/dci.yaml', ofA.two, ofA.one);
  const oneSide = await build(repository);
  expect(oneSide).toMatchObject({ ok: true, problems: [] });
  repository.edit('topologies/dci.yaml', 'replicas: 2', 'replicas: 1');

  const refused = await build(repository, { allowRemoval: true });

  expect(refused.problems.map(({ code, seen }) => [code, seen])).toEqual([['budget-too-loose', '50% of 4']]);
  repository.commit();
  expect(await build(repository)).toMatchObject({ ok: true, problems: [] });
});

test('a cluster that goes or gets another name runs on, and is refused without a word; its custom folder stays', async () => {
  const repository = scratchRepository();
  writeCustom(repository, { 'note.yaml': configMap });
  await build(repository);
  repository.commit();
  repository.edit('topologies/dci.yaml', '    dci:\n', '    other:\n');

  const refused = await build(repository);

  expect(refused.problems.map(({ code, where }) => [code, where])).toEqual([['leaves-fleet', 'overlays/dci']]);
  expect(refused.comparisons).toMatchObject([
    { cluster: 'dci', isLeftBehind: true, disturbedSides: [], effects: [{ kind: 'leads' }] },
    { cluster: 'other', isLeftBehind: false, disturbedSides: [], effects: [] },
  ]);
  expect(await build(repository, { allowBothSides: true })).toMatchObject({ ok: false });
  expect(await build(repository, { allowRemoval: true })).toMatchObject({ ok: true });
  expect(readdirSync(join(repository.path, 'overlays/dci'))).toEqual(['custom']);
  expect(repository.read('overlays/other/kustomization.yaml')).not.toContain('custom');
});

test('what an earlier build left half-written is taken back first, and told', async () => {
  const repository = await builtAndCommitted();
  const path = 'overlays/dci/b/service.yaml';
  repository.write(`.cache/meshrs/journal/old/${path}`, repository.read(path));
  repository.write('.cache/meshrs/journal/owner', 'gone');
  const operations = [{ path, existed: true, exists: true }];
  repository.write('.cache/meshrs/journal/operations.json', JSON.stringify(operations));
  repository.edit(path, 'port: 179', 'port: 1179');

  expect(await build(repository)).toMatchObject({ ok: true, recovered: [path], problems: [], written: [] });

  expect(repository.read(path)).not.toContain('1179');
  expect(existsSync(join(repository.path, '.cache/meshrs/journal'))).toBe(false);
});

test('a git that fails keeps a change from being written', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  persistence: {}');
  repository.write('.git/config', 'no config\n');

  await expect(build(repository)).rejects.toMatchObject({ code: 'git-failed' });

  expect(repository.read('overlays/dci/a/stateful-set-routeserver-a.yaml')).not.toContain('volumeClaimTemplates');
});

test('a component may use what stands elsewhere in the repository, before it is committed', async () => {
  const repository = await builtAndCommitted();
  repository.write('shared/kustomization.yaml', 'resources: [note.yaml]\n');
  repository.write('shared/note.yaml', configMap);
  writeCustom(repository, {}, 'resources: [../../../shared]\n');

  expect(await build(repository)).toMatchObject({ ok: true, problems: [], comparisons: [{ disturbedSides: [] }] });
});

test("the user's component is included when it is there, compared with, and never touched", async () => {
  const repository = await builtAndCommitted();
  expect(repository.read('overlays/dci/kustomization.yaml')).not.toContain('custom');
  writeCustom(
    repository,
    {},
    `patches:
  - target: { kind: StatefulSet, name: routeserver-b }
    patch: |-
      - op: add
        path: /spec/template/spec/priorityClassName
        value: system-node-critical
`,
  );

  const report = await build(repository);

  // Side a is what it was: were its revision another, its gate would ask whether it may go, and with b broken refuse.
  expect(report.written).toEqual([
    ...filesOfSide('b'),
    'overlays/dci/kustomization.yaml',
    'overlays/dci/removal-gate.yaml',
    'generated.json',
  ]);
  expect(repository.read('overlays/dci/kustomization.yaml')).toContain('components:\n  - custom\n');
  expect(report.comparisons).toMatchObject([{ disturbedSides: ['b'], effects: [{ kind: 'restarts' }] }]);
});

test('what needs all sides open is told before it is committed, and passes where that is planned', async () => {
  const repository = await builtAndCommitted('peer-scope-global');
  repository.edit('topologies/dci.yaml', 'metallb:\n', 'metallb:\n  password: { secret: other }\n');

  const report = await build(repository);

  expect(report).toMatchObject({ ok: false, written: [] });
  const [problem] = report.problems.filter(({ code }) => code === 'needs-all-sides-open');
  expect(problem?.message).toContain('BGPPeer metallb/fabric is changed');
  expect(await build(repository, { allowBothSides: true })).toMatchObject({ ok: true });
});

test('what the API server refuses at any time is told, and no word lets it through', async () => {
  const repository = await builtAndCommitted();
  writeCustom(repository, {
    'budget.yaml':
      'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: { name: mine, namespace: meshrr }\n' +
      'spec: { maxUnavailable: 1, selector: { matchLabels: { app: meshrr-evpnrs } } }\n',
  });

  const report = await build(repository, { allowBothSides: true, allowRemoval: true, force: true });

  expect(report.problems).toMatchObject([{ code: 'api-server-refuses' }]);
  expect(report.problems[0]?.message).toContain('PodDisruptionBudget meshrr/mine is made');
});

test('a component that kustomize refuses keeps everything as it is', async () => {
  const repository = await builtAndCommitted();
  writeCustom(repository, {}, 'resources: [gone.yaml]\n');

  const report = await build(repository);

  expect(report).toMatchObject({ ok: false, written: [] });
  expect(report.problems.map(({ code }) => code)).toEqual(['kustomize-failed']);
});

test('a commit that cannot be built stops the comparison, until both sides are allowed', async () => {
  const repository = scratchRepository();
  await build(repository);
  repository.edit('overlays/dci/a/kustomization.yaml', 'settings.yaml', 'gone.yaml');
  repository.commit();

  const refused = await build(repository, { force: true });

  expect(refused.problems.map(({ code }) => code)).toEqual(['committed-tree-broken']);
  expect(await build(repository, { force: true, allowBothSides: true })).toMatchObject({ ok: true });
});

test('a repository inside a larger one is compared with its own part of the commit', async () => {
  const outer = scratchRepository();
  const inner = join(outer.path, 'network');
  outer.write('network/topologies/dci.yaml', topologyOf('frr').replace('gitops:\n', 'gitops:\n  path: network\n'));
  expect(await runBuild({ repository: inner, tools })).toMatchObject({ ok: true, problems: [] });
  expect(outer.read('network/clusters/dci/apps/route-servers.yaml')).toContain('\n    path: network/overlays/dci\n');
  expect(outer.read('network/clusters/dci/apps/interlock.yaml')).toContain(
    '\n    path: network/clusters/dci/interlock\n',
  );
  expect(outer.read('network/clusters/dci/bootstrap.yaml')).toContain('\n    path: network/clusters/dci/apps\n');
  outer.commit();
  outer.edit('network/topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');
  outer.edit('network/topologies/dci.yaml', '  path: network\n', '');

  const report = await runBuild({ repository: inner, tools });

  expect(report.comparisons).toMatchObject([{ cluster: 'dci', disturbedSides: ['b'] }]);
  expect(report.problems).toMatchObject([
    {
      code: 'wrong-path',
      seen: 'clusters/dci/apps',
      allowed: 'network/clusters/dci/apps',
      hint: 'write gitops: { path: network } into the topology, and run: pnpm build',
    },
  ]);
});

test('a path of the topology that is not where the files stand is refused', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', 'gitops:\n', 'gitops:\n  path: network\n');

  expect((await build(repository)).problems).toMatchObject([
    { code: 'wrong-path', seen: 'network/clusters/dci/apps', allowed: 'clusters/dci/apps' },
  ]);
});

test('what is compared with is told: a commit, or why there is none', async () => {
  const repository = scratchRepository();
  expect((await build(repository)).base).toEqual({ kind: 'nothing', because: 'no-commit', revision: 'HEAD' });
  repository.commit();
  expect((await build(repository)).base).toMatchObject({ kind: 'commit', revision: 'HEAD', isSame: true });
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');
  const first = await build(repository);
  expect(first.base).toMatchObject({ kind: 'commit', revision: 'HEAD', isSame: false });
  const { written, ...second } = await build(repository);
  expect(written).toEqual([]);
  expect(second).toMatchObject({ base: first.base, comparisons: first.comparisons });
});

test('what was allowed once is no less refused when it is written already', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', 'engine: frr', 'engine: frr\n  persistence: {}');
  expect(await build(repository, { allowBothSides: true })).toMatchObject({ ok: true });

  const again = await build(repository);

  expect(again).toMatchObject({ ok: false, written: [] });
  expect(again.problems.map(({ code }) => code)).toEqual(['both-sides']);
  expect(await build(repository, { allowBothSides: true })).toMatchObject({ ok: true, written: [] });
  await expect(build(repository, { base: 'no-such-branch' })).rejects.toThrow('git knows no commit no-such-branch.');
});

test('what a component reads elsewhere is compared with what was committed there', async () => {
  const repository = await builtAndCommitted();
  repository.write(
    'shared/kustomization.yaml',
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{ path: patch.yaml }]\n',
  );
  const patch = (seconds: number): string =>
    `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: { name: routeserver-b, namespace: meshrr }\nspec: { template: { spec: { priorityClassName: p${String(seconds)} } } }\n`;
  repository.write('shared/patch.yaml', patch(1));
  writeCustom(repository, {}, 'components: [../../../shared]\n');
  await build(repository);
  repository.commit();
  repository.write('shared/patch.yaml', patch(2));

  const { comparisons } = await build(repository);

  expect(comparisons.flatMap(({ effects }) => effects)).toMatchObject([
    { kind: 'restarts', object: 'StatefulSet meshrr/routeserver-b', sides: ['b'] },
  ]);
});

test.each([
  [
    'another backend of MetalLB',
    'backend: frr-k8s',
    'backend: native',
    ['both-sides'],
    /metallb\.backend: frr-k8s -> native/,
  ],
  ['another repository', 'meshrs.git', 'other.git', [], /other\.git/],
])('what Argo CD alone reads is compared: %s', async (_, from, to, codes, words) => {
  const repository = scratchRepository();
  if (from.startsWith('backend')) repository.edit('topologies/dci.yaml', 'metallb:\n', `metallb:\n  ${from}\n`);
  await build(repository);
  repository.commit();
  repository.edit('topologies/dci.yaml', from, to);

  const report = await build(repository);

  expect(report.problems.map(({ code }) => code)).toEqual(codes);
  expect(formatFindings(report)).toMatch(words);
});

test('a commit that git does not know is a failure', async () => {
  const repository = await builtAndCommitted();
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');

  await expect(build(repository, { base: 'no-such-branch' })).rejects.toThrow('git knows no commit no-such-branch.');
});

test('a record with conflict marks is a failure that names the way out', async () => {
  const repository = await builtAndCommitted();
  repository.edit('generated.json', '{', '<<<<<<< HEAD\n{');

  await expect(build(repository)).rejects.toThrow(/generated\.json cannot be read/);
});

async function builtAndCommitted(name = 'frr'): Promise<ScratchRepository> {
  const repository = scratchRepository(name);
  expect(await build(repository)).toMatchObject({ ok: true });
  repository.commit();
  return repository;
}

function build(
  repository: ScratchRepository,
  options: Partial<Parameters<typeof runBuild>[0]> = {},
): Promise<BuildReport> {
  return runBuild({ repository: repository.path, tools, ...options });
}

function recordOf(repository: ScratchRepository): Record<string, string> {
  return (JSON.parse(repository.read('generated.json')) as { files: Record<string, string> }).files;
}

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: { name: note, namespace: meshrr }
data: { note: mine }
`;

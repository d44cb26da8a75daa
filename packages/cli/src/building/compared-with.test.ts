import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGit } from '../../test/support/run-git.ts';
import { scratch } from '../../test/support/scratch.ts';
import { scratchRepository, tools, topologyOf, type ScratchRepository } from '../../test/support/scratch-repository.ts';
import { formatBase } from '../output/report.ts';
import { runBuild, type BuildReport } from './run-build.ts';

/* What a build compares with, in the repositories and at the moments that people have. */

/** Generated, committed and pushed, on a branch main. */
async function pushed(): Promise<ScratchRepository> {
  const repository = scratchRepository();
  await build(repository.path);
  repository.commit();
  runGit(repository.path, 'branch', '--move', 'main');
  const remote = join(scratch(), 'remote');
  runGit(repository.path, 'clone', '--quiet', '--bare', repository.path, remote);
  runGit(repository.path, 'remote', 'add', 'origin', remote);
  runGit(repository.path, 'push', '--quiet', '--set-upstream', 'origin', 'main');
  return repository;
}

function build(repository: string, options: Partial<Parameters<typeof runBuild>[0]> = {}): Promise<BuildReport> {
  return runBuild({ repository, tools, ...options });
}

/** Without those of the files of routers. */
const ofNodes = (acts: BuildReport['acts']): BuildReport['acts'] =>
  acts.filter(({ commands: [first] }) => first?.startsWith('git diff') !== true);
const codes = ({ problems }: BuildReport): string[] => problems.map(({ code }) => code);
/** A StatefulSet is made anew, which has no order with the other side's. */
const anew = (repository: ScratchRepository, side: string): void => {
  repository.edit('topologies/dci.yaml', `      routeserver-${side}:\n`, `      rs-${side}:\n`);
};

test('two commits that are pushed together are one change, whatever each of them is alone', async () => {
  const repository = await pushed();
  anew(repository, 'a');
  expect(await build(repository.path, { allowBothSides: true })).toMatchObject({ ok: true });
  repository.commit();
  // A name of one's own is not the commit that is pushed, although git takes a tag for it first (gitrevisions(7)).
  runGit(repository.path, 'tag', 'origin/main');
  anew(repository, 'b');

  const together = await build(repository.path);

  expect(together.ok).toBe(false);
  expect(codes(together)).toContain('both-sides');
  expect(together.base).toMatchObject({ revision: 'origin/main', pushed: { kind: 'other', unpushed: 1 } });
  expect(formatBase(together.base ?? expect.unreachable())).toMatch(
    /^compared with origin\/main .* that it lacks counts/,
  );
  expect(codes(await build(repository.path, { base: 'HEAD' }))).not.toContain('both-sides');
  runGit(repository.path, 'push', '--quiet');
  const alone = await build(repository.path);
  expect(codes(alone)).not.toContain('both-sides');
  expect(alone.base).toMatchObject({ revision: 'HEAD', pushed: { kind: 'all' } });
});

test('what was pushed and is rewritten here is compared with what was pushed', async () => {
  const repository = await pushed();
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');
  await build(repository.path);
  repository.commit();
  runGit(repository.path, 'push', '--quiet');
  runGit(repository.path, 'reset', '--quiet', '--hard', 'HEAD~1');

  // Before anything is committed instead, and then.
  for (const then of [undefined, 'instead']) {
    if (then !== undefined) runGit(repository.path, 'commit', '--quiet', '--allow-empty', '--message', then);
    const report = await build(repository.path);
    expect(codes(report)).toEqual(['behind-base']);
    expect(report).toMatchObject({
      ...{ written: [], comparisons: [{ disturbedSides: ['b'] }] },
      base: { revision: 'origin/main', pushed: { kind: 'other', unpushed: then === undefined ? 0 : 1 } },
    });
  }
  // What is edited on top of the reset disturbs the other side: pushed by force, both go at once.
  anew(repository, 'a');
  expect(codes(await build(repository.path))).toEqual(expect.arrayContaining(['behind-base', 'both-sides']));
});

test('a node that moves is told of, and told of again while nobody has committed it', async () => {
  const repository = await pushed();
  repository.edit('topologies/dci.yaml', /( {2}dc1-node3:\n {4}side: )a/, '$1b');
  const [first, second] = [await build(repository.path), await build(repository.path)];
  expect(second.written).toEqual([]);
  for (const { acts } of [first, second]) {
    // Its router has it in the sessions of the other side.
    const ofRouters = acts.filter((act) => !ofNodes(acts).includes(act));
    expect(ofRouters.map(({ when }) => when)).toEqual(['before', 'after']);
    expect(ofNodes(acts).map(({ commands }) => commands[1])).toEqual([
      'kubectl label node dc1-node3 side=b --overwrite',
    ]);
  }
  // Whatever its file is called.
  repository.write('topologies/other.yaml', repository.read('topologies/dci.yaml'));
  repository.remove('topologies/dci.yaml');
  const [renamed, ...others] = ofNodes((await build(repository.path)).acts);
  expect([renamed?.commands[1], others]).toEqual(['kubectl label node dc1-node3 side=b --overwrite', []]);
  // A commit whose topology cannot be read, and what is generated of it runs: nobody has compared the nodes.
  repository.edit('topologies/other.yaml', 'nodes:', 'nodes: &nodes [');
  repository.commit();
  repository.edit('topologies/other.yaml', 'nodes: &nodes [', 'nodes:');
  const [unread, ...more] = ofNodes((await build(repository.path, { base: 'HEAD' })).acts);
  expect([unread?.commands, more]).toEqual([['kubectl get nodes -L side'], []]);
});

test.each<[string, (path: string) => unknown, object]>([
  [
    'no branch checked out',
    (path) => runGit(path, 'checkout', '--quiet', '--detach'),
    { kind: 'unknown', because: 'no-branch' },
  ],
  [
    'a new branch',
    (path) => runGit(path, 'checkout', '--quiet', '-b', 'work'),
    { kind: 'unknown', because: 'follows-none' },
  ],
  [
    'a branch of its own, which Argo CD does not read',
    (path) => {
      runGit(path, 'checkout', '--quiet', '-b', 'work');
      runGit(path, 'push', '--quiet', '--set-upstream', 'origin', 'work');
    },
    { kind: 'all', elsewhere: ['main'] },
  ],
  ['a clone without what was before', () => undefined, { kind: 'all', elsewhere: [] }],
])('with %s the commit that is checked out counts, and what is known is said', async (what, change, known) => {
  const repository = await pushed();
  change(repository.path);
  let { path } = repository;
  if (what.startsWith('a clone')) {
    repository.commit();
    path = join(scratch(), 'clone');
    runGit(repository.path, 'clone', '--quiet', '--depth=1', `file://${repository.path}`, path);
  }
  const report = await build(path);
  expect(report).toMatchObject({
    ...{ ok: true, written: [] },
    base: { kind: 'commit', revision: 'HEAD', isSame: true, pushed: known },
  });
  expect(formatBase(report.base ?? expect.unreachable()).includes('nobody knows')).toBe(!what.startsWith('a clone'));
});

test('the only nodes of two sides do not change places, and nothing else tells of it', async () => {
  const repository = scratchRepository();
  const topology = 'topologies/dci.yaml';
  repository.write(topology, repository.read(topology).replace(/^ {2}dc\d-node[23]:\n(?: {4}.*\n)+/gm, ''));
  expect(await build(repository.path)).toMatchObject({ ok: true });
  repository.commit();
  const other = { a: 'b', b: 'a' } as const;
  const swapped = repository.read(topology).replaceAll(/(?<=^ {4}side: )[ab]$/gm, (side) => other[side as 'a' | 'b']);
  repository.write(topology, swapped);

  const report = await build(repository.path);

  expect(report).toMatchObject({ ok: false, written: [] });
  expect(codes(report)).toEqual(['moves-nodes']);
  expect(await build(repository.path, { allowBothSides: true })).toMatchObject({ ok: true });
});

test('in a linked worktree its own commit counts', async () => {
  const repository = await pushed();
  const linked = join(scratch(), 'linked');
  runGit(repository.path, 'worktree', 'add', '--quiet', '-b', 'work', linked);
  repository.edit('topologies/dci.yaml', '192.168.255.2]', '192.168.255.9]');
  await build(repository.path);
  repository.commit();
  expect(await build(linked)).toMatchObject({ ok: true, written: [], base: { revision: 'HEAD', isSame: true } });
});

test('a path of the topology that is wrong is refused before anything is committed', async () => {
  const outer = scratchRepository();
  outer.write('network/topologies/dci.yaml', topologyOf('frr'));
  const inner = join(outer.path, 'network');

  const report = await build(inner);

  expect(report).toMatchObject({ ok: false, written: [], base: { kind: 'nothing', because: 'no-commit' } });
  expect(report.problems).toMatchObject([{ code: 'wrong-path', allowed: 'network/clusters/dci/apps' }]);
  outer.edit('network/topologies/dci.yaml', 'gitops:\n', 'gitops:\n  path: network\n');
  expect(await build(inner)).toMatchObject({ ok: true, problems: [] });
});

test('of a submodule Argo CD may read the repository around it', async () => {
  const module = await pushed();
  const outer = scratchRepository();
  runGit(outer.path, 'submodule', '--quiet', 'add', module.path, 'vendor/network');
  const inner = join(outer.path, 'vendor/network');
  expect(await build(inner)).toMatchObject({ ok: true, problems: [], base: { isSame: true } });
  for (const [path, problems] of [
    ['vendor/network', []],
    ['network', ['wrong-path']],
  ] as const) {
    outer.edit('vendor/network/topologies/dci.yaml', /gitops:\n( {2}path: .*\n)?/, `gitops:\n  path: ${path}\n`);
    const report = await build(inner, { allowBothSides: true });
    expect(codes(report)).toEqual(problems);
  }
  expect((await build(inner)).problems).toMatchObject([
    { allowed: expect.stringMatching(/^clusters\/dci\/apps, or vendor\/network\/clusters\/dci\/apps where/) as string },
  ]);
});

test('who names a commit where there is no git gets no comparison instead', async () => {
  const repository = scratchRepository();
  const { path } = repository;
  repository.remove('.git');
  await expect(build(path, { base: 'main' })).rejects.toThrow(/is in no git repository/);
  expect(await build(path)).toMatchObject({ ok: true, base: { kind: 'nothing', because: 'no-repository' } });
});

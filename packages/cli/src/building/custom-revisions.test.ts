import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  clone,
  copyOf,
  scratchRepository,
  sharedRepository,
  tools,
  writeCustom,
  type ScratchRepository,
} from '../../test/support/scratch-repository.ts';
import { runCheck } from '../checking/run-check.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { buildFolder } from '../kustomize/build-overlay.ts';
import { runBuild, type BuildReport } from './run-build.ts';

/* A component of the user's changes any object of a side, so that the side's revision covers what is built with it. */

const build = ({ path }: ScratchRepository): Promise<BuildReport> => runBuild({ repository: path, tools });

/** The revision by which a side is known: its gate's, which every object of the side bears in the build with it. */
async function revisionOf(repository: ScratchRepository, side: string): Promise<string> {
  const revision = /--revision=([0-9a-f]{20})/.exec(repository.read(`overlays/dci/${side}/gate.yaml`))?.[1] ?? 'none';
  const built = await buildFolder({ path: tools.kustomizeOfArgoCd }, repository.path, 'overlays/dci');
  const objects = (built.ok ? parseBuild(built.yaml) : []) as readonly {
    readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  }[];
  const marks = objects
    .filter(({ metadata }) => new RegExp(`^routeserver-${side}(?!-gate)`).test(metadata.name))
    .map(({ metadata }) => metadata.annotations?.['meshrs.dev/side-revision']);
  expect(marks.length).toBeGreaterThan(5);
  expect(new Set(marks)).toEqual(new Set([revision]));
  return revision;
}

const patchOf = (target: string, priority: string): string => `patches:
  - target: ${target}
    patch: |-
      - op: add
        path: /spec/template/spec/priorityClassName
        value: ${priority}
`;

/** Built once; each test has a copy of its own. */
let prepared: { readonly of: ReturnType<typeof sharedRepository>; readonly a: string; readonly b: string };

beforeAll(async () => {
  const repository = sharedRepository();
  writeCustom(repository, {}, patchOf('{ kind: StatefulSet }', 'one'));
  expect(await build(repository)).toMatchObject({ ok: true });
  repository.commit();
  prepared = { of: repository, a: await revisionOf(repository, 'a'), b: await revisionOf(repository, 'b') };
});

afterAll(() => {
  prepared.of.delete();
});

const note = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: note\n  namespace: meshrr\n';
const inTurnOfA = '  annotations: { argocd.argoproj.io/sync-wave: "11" }\n';

test.each<[string, (repository: ScratchRepository) => void, readonly string[]]>([
  [
    'a value of a patch of both sides',
    (repository) => {
      writeCustom(repository, {}, patchOf('{ kind: StatefulSet }', 'two'));
    },
    ['a', 'b'],
  ],
  [
    'the fix of b alone',
    (repository) => {
      const both = patchOf('{ kind: StatefulSet, name: routeserver-a }', 'one');
      const fix = patchOf('{ kind: StatefulSet, name: routeserver-b }', 'two').replace('patches:\n', '');
      writeCustom(repository, {}, both + fix);
    },
    ['b'],
  ],
  [
    'a file that a patch names',
    (repository) => {
      writeCustom(
        repository,
        { 'more.yml': '- op: add\n  path: /spec/template/spec/dnsPolicy\n  value: Default\n' },
        `${patchOf('{ kind: StatefulSet }', 'one')}  - { target: { kind: StatefulSet, name: routeserver-a }, path: more.yml }\n`,
      );
    },
    ['a'],
  ],
  [
    'a component inside of it',
    (repository) => {
      writeCustom(repository, {}, `components: [more]\n${patchOf('{ kind: StatefulSet }', 'one')}`);
      repository.write(
        'overlays/dci/custom/more/kustomization.yaml',
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nlabels: [{ pairs: { team: x } }]\n',
      );
    },
    ['a', 'b'],
  ],
  [
    'what all sides share',
    (repository) => {
      const shared = `  - { target: { kind: Namespace }, patch: '[{ "op": "add", "path": "/metadata/annotations/note", "value": "x" }]' }\n`;
      writeCustom(repository, {}, patchOf('{ kind: StatefulSet }', 'one') + shared);
    },
    [],
  ],
  [
    'an object of nobody’s',
    (repository) => {
      writeCustom(repository, { 'note.yaml': note }, patchOf('{ kind: StatefulSet }', 'one'));
    },
    [],
  ],
  [
    'an object in the turn of a',
    (repository) => {
      writeCustom(repository, { 'note.yaml': note + inTurnOfA }, patchOf('{ kind: StatefulSet }', 'one'));
    },
    ['a'],
  ],
  [
    'nothing but how it is written',
    (repository) => {
      writeCustom(repository, {}, `# a word\n${patchOf('{kind: StatefulSet}', '"one"')}`);
    },
    [],
  ],
])('a commit that changes only %s in custom/', async (_, change, sides) => {
  const { of, ...before } = prepared;
  const repository = copyOf(of);
  change(repository);

  const checked = await runCheck({ repository: repository.path, tools });
  const stale = checked.problems.filter(({ code }) => code === 'not-built').map(({ where }) => where);
  expect(sides.every((side) => stale.includes(`overlays/dci/${side}/gate.yaml`))).toBe(true);
  // The gate before what is removed knows the revision of each side, and is in nobody's turn.
  expect(
    stale.filter(
      (path) =>
        path.startsWith('overlays/') &&
        path !== 'overlays/dci/removal-gate.yaml' &&
        !sides.includes(path.split('/')[2] ?? ''),
    ),
  ).toEqual([]);

  await build(repository);

  const after = { a: await revisionOf(repository, 'a'), b: await revisionOf(repository, 'b') };
  expect((['a', 'b'] as const).filter((side) => after[side] !== before[side])).toEqual(sides);
  // A second build has nothing more to do, and what it gave is what a check wants.
  expect((await build(repository)).written).toEqual([]);
  const codes = (await runCheck({ repository: repository.path, tools })).problems.map(({ code }) => code);
  expect(codes).not.toContain('not-built');
  expect(codes).not.toContain('lint/side-revision');
});

test('a component that comes and leaves a side as it is leaves its revision, too; and one that goes', async () => {
  const repository = scratchRepository();
  await build(repository);
  const a = await revisionOf(repository, 'a');
  const b = await revisionOf(repository, 'b');
  writeCustom(repository, {}, patchOf('{ kind: StatefulSet, name: routeserver-b }', 'x'));
  await build(repository);
  expect(await revisionOf(repository, 'a')).toBe(a);
  expect(await revisionOf(repository, 'b')).not.toBe(b);

  repository.remove('overlays/dci/custom');
  await build(repository);

  expect([await revisionOf(repository, 'a'), await revisionOf(repository, 'b')]).toEqual([a, b]);
});

test('the tree that is expected of a case with a component is what a build gives', async () => {
  const repository = scratchRepository('custom-folder');
  repository.write('topologies/custom-folder.yaml', repository.read('topologies/dci.yaml'));
  repository.remove('topologies/dci.yaml');
  await build(repository);

  const expected = join(clone, 'packages/manifests/test/cases/custom-folder/expected');
  const paths = globSync('overlays/dci/*/*.yaml', { cwd: expected });
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) expect(repository.read(path), path).toBe(readFileSync(join(expected, path), 'utf8'));
});

test.each([
  'resources: [https://example.com/a.yaml]',
  'resources: ["https://github.com/example/x//base?ref=main"]',
  'resources: [github.com/example/x]',
  'components: ["git@example.com:x/y.git"]',
  'components: ["git::ssh://example.com/x"]',
  'resources: ["file:///etc"]',
  'resources: [HTTPS://example.com/a.yaml]',
  'resources: ["../other?ref=v1"]',
  'transformers: [http://example.com/a.yaml]',
  'patches: [{ path: http://example.com/a.yaml }]',
  'replacements: [{ path: http://example.com/a.yaml }]',
  'openapi: { path: http://example.com/a.yaml }',
  'configMapGenerator: [{ name: x, files: ["a=http://example.com/a.yaml"] }]',
  'configMapGenerator: [{ name: x, env: http://example.com/a }]',
  'helmCharts: [{ name: x, repo: "https://example.com" }]',
])('nothing is read from elsewhere: %s', async (line) => {
  const repository = scratchRepository();
  await build(repository);
  writeCustom(repository, {}, `${line}\n`);
  const path = 'overlays/dci/custom/kustomization.yaml';

  const report = await build(repository);
  expect(report).toMatchObject({ ok: false, written: [] });
  expect(report.problems).toMatchObject([{ code: 'custom-remote', where: path }]);
  const { problems } = await runCheck({ repository: repository.path, tools: { ...tools, kustomize: '/bin/false' } });
  expect(problems.filter(({ code }) => code === 'custom-remote')).toHaveLength(1);
  expect(problems.map(({ code }) => code)).not.toContain('not-built');
});

test('an address that is a value is no reference', async () => {
  const repository = scratchRepository();
  writeCustom(
    repository,
    { 'note.yaml': `${note}data: { url: https://example.com }\n` },
    'commonAnnotations: { docs: https://example.com }\nimages: [{ name: x, newName: "example.com/x@sha256:00" }]\n' +
      `patches: [{ target: { kind: Namespace }, patch: '[{ "op": "add", "path": "/metadata/annotations/url", "value": "https://example.com" }]' }]\n`,
  );
  expect((await build(repository)).problems).toEqual([]);
});

test('what a component reads elsewhere in the repository counts', async () => {
  const repository = scratchRepository();
  const share = (priority: string): void => {
    const component = 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n';
    repository.write('shared/kustomization.yaml', component + patchOf('{ kind: StatefulSet }', priority));
  };
  share('x');
  writeCustom(repository, {}, 'components: [../../../shared]\n');
  await build(repository);
  const before = await revisionOf(repository, 'a');
  share('y');
  await build(repository);
  expect(await revisionOf(repository, 'a')).not.toBe(before);
});

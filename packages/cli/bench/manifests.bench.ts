import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { milliseconds, type Benchmark } from '@meshrs/bench';
import { renderManifests, writeYaml } from '@meshrs/manifests';
import { locateTool } from '@meshrs/tools/locate';
import { readTopology, type Topology } from '@meshrs/topology';
import { buildSync } from 'esbuild';

const repository = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-bench-manifests-'));
const dci = join(repository, 'topologies/dci.yaml');
const program = join(repository, 'packages/cli/dist/meshrs.mjs');
const kustomize = locateTool('kustomize');

const withMeshrs = bundle('with-meshrs');

export const benchmarks: readonly Benchmark[] = [
  {
    name: '1000 topologies of two sides, whole process: cdk8s against meshrs, same objects, one file per cluster, pairs of runs',
    unit: 'x',
    wanted: '5 x or more',
    runs: 5,
    sample: faster(withMeshrs, bundle('with-cdk8s')),
  },
  {
    name: '1000 topologies of two sides, whole process, meshrs alone',
    unit: 'ms',
    runs: 5,
    sample: () => milliseconds(() => makeMany(withMeshrs)),
  },
  {
    name: '`kustomize build` of 64 route servers a side, against the same files in one folder, pairs of runs',
    unit: 'x',
    wanted: '1.1 x or less',
    runs: 15,
    sample: kustomizeOverhead(),
  },
  {
    name: '`meshrs build` and `meshrs check` of `dci`, nothing there yet',
    unit: 'ms',
    wanted: '5000 ms or less',
    runs: 7,
    sample: buildAndCheck({ fromNothing: true }),
  },
  {
    name: '`meshrs build` and `meshrs check` of `dci`, nothing changed',
    unit: 'ms',
    wanted: '500 ms or less',
    runs: 21,
    sample: buildAndCheck({ fromNothing: false }),
    tearDown: () => {
      rmSync(scratch, { recursive: true, force: true });
    },
  },
];

/** One run of each, one after the other, so that a busy machine slows both. */
function faster(ours: string, theirs: string): () => Promise<number> {
  return async () => {
    const counts: number[] = [];
    const one = await milliseconds(() => counts.push(makeMany(ours)));
    const other = await milliseconds(() => counts.push(makeMany(theirs)));
    if (counts[0] !== counts[1]) throw new Error(`Not the same objects: ${counts.join(' and ')}`);
    return other / one;
  };
}

function makeMany(path: string): number {
  const folder = join(scratch, basename(path, '.mjs'));
  rmSync(folder, { recursive: true, force: true });
  return Number(execFileSync(process.execPath, [path, dci, '1000', folder], { encoding: 'utf8' }));
}

function bundle(name: string): string {
  const outfile = join(scratch, `${name}.mjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, 'manifests', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); const __filename = import.meta.filename; const __dirname = import.meta.dirname;",
    },
  });
  return outfile;
}

function kustomizeOverhead(): () => Promise<number> {
  const rendered = renderManifests([{ file: 'topologies/dci.yaml', topology: largeTopology() }], () => false);
  // What Argo CD itself reads is no part of an overlay.
  const files = rendered.files.filter(({ path }) => !path.startsWith('clusters/'));
  const layered = join(scratch, 'layered');
  const flat = join(scratch, 'flat');
  const names: string[] = [];
  for (const { path, text } of files) {
    mkdirSync(join(layered, dirname(path)), { recursive: true });
    writeFileSync(join(layered, path), text);
    if (path.endsWith('/kustomization.yaml')) continue;
    const name = path.replaceAll('/', '_');
    mkdirSync(flat, { recursive: true });
    writeFileSync(join(flat, name), text);
    names.push(name);
  }
  writeFileSync(join(flat, 'kustomization.yaml'), writeYaml({ resources: names }));
  const build = (folder: string): string =>
    execFileSync(kustomize, ['build', folder], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const overlay = join(layered, 'overlays/dci');
  if (build(overlay) !== build(flat)) throw new Error('The two folders do not hold the same objects.');
  return async () => {
    const one = await milliseconds(() => build(overlay));
    const other = await milliseconds(() => build(flat));
    return one / other;
  };
}

/** dci with 64 route servers a side, each a StatefulSet with a management address. */
function largeTopology(): Topology {
  const { topology } = readTopology(dci, readFileSync(dci, 'utf8'));
  if (!topology?.management) throw new Error(`${dci} is not what this benchmark is made for.`);
  const [side] = Object.values(topology.sides);
  const [address] = Object.values(topology.management.addresses);
  const [statefulSet] = Object.values(side?.statefulSets ?? {});
  if (!side || !statefulSet || address === undefined) throw new Error(`${dci} has no route server.`);
  const sets = (name: string): string[] =>
    Array.from({ length: 64 }, (_, index) => `routeserver-${name}${String(index)}`);
  const names = Object.keys(topology.sides);
  return {
    ...topology,
    sides: Object.fromEntries(
      Object.entries(topology.sides).map(([name, own]) => [
        name,
        { ...own, statefulSets: Object.fromEntries(sets(name).map((set) => [set, statefulSet])) },
      ]),
    ),
    management: {
      ...topology.management,
      enabled: true,
      addresses: Object.fromEntries(names.flatMap(sets).map((set) => [`${set}-0`, address])),
    },
  };
}

/** In a repository of its own, which borrows the tools and schemas of this one. */
function buildAndCheck({ fromNothing }: { readonly fromNothing: boolean }): () => Promise<number> {
  const folder = join(scratch, fromNothing ? 'new' : 'unchanged');
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args]);
  const meshrs = (command: string): unknown => execFileSync(process.execPath, [program, command], { cwd: folder });
  const prepare = (): void => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'topologies'), { recursive: true });
    cpSync(dci, join(folder, 'topologies/dci.yaml'));
    for (const name of ['.tools', 'schemas']) symlinkSync(join(repository, name), join(folder, name));
    writeFileSync(join(folder, '.gitignore'), '.tools\n.cache/\nschemas\n');
    git('init', '--quiet');
    if (fromNothing) return;
    meshrs('build');
    meshrs('check');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'bench');
  };
  let isPrepared = false;
  return async () => {
    if (fromNothing || !isPrepared) prepare();
    isPrepared = true;
    return milliseconds(() => {
      meshrs('build');
      meshrs('check');
    });
  };
}

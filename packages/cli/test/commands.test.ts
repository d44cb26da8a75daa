import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { topologyJsonSchema } from '../src/commands/schema.ts';
import { errorsPage } from '../src/docs/errors-page.ts';
import { runMeshrs } from './run-meshrs.ts';

const repository = join(import.meta.dirname, '../../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshrs-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writeTopology(name: string, change: (text: string) => string = (text) => text): void {
  mkdirSync(join(folder, 'topologies'), { recursive: true });
  const text = readFileSync(join(repository, 'topologies/dci.yaml'), 'utf8');
  writeFileSync(join(folder, 'topologies', name), change(text));
}

/** Makes the folder a repository with the tools that validate, and commits what is in it. */
function commit(message: string): void {
  const git = (...args: string[]): unknown =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
  if (!existsSync(join(folder, '.git'))) {
    git('init', '--quiet');
    writeFileSync(join(folder, '.gitignore'), '.tools/\n.cache/\nschemas\n');
    symlinkSync(join(repository, '.tools'), join(folder, '.tools'));
    symlinkSync(join(repository, 'schemas'), join(folder, 'schemas'));
  }
  git('add', '--all');
  git('commit', '--quiet', '--message', message);
}

describe('check', () => {
  it('accepts the shipped topologies', async () => {
    const names = ['dci', 'dci-vrf'].map((name) => `topologies/${name}.yaml`);
    const { exitCode, out } = await runMeshrs(repository, 'check', ...names);
    expect(exitCode).toBe(0);
    expect(out.match(/: warning [a-z-]+ at .*/g)).toEqual(
      [...names].map(() => ': warning wide-client-ranges at clientGroups'),
    );
    expect(out).toMatch(/\n2 topologies: no errors, 2 warnings\n$/);
  });

  it('accepts the whole repository, and says what was held against what', async () => {
    const { exitCode, out } = await runMeshrs(repository, 'check');
    expect(out).toMatch(
      /overlays\/dci: \d+ generated objects and no objects of custom\/, held against kustomize, kubeconform/,
    );
    // Their ranges are wide, as the topologies say.
    expect(out).toMatch(/\nno errors, 2 warnings\n$/);
    expect(exitCode).toBe(0);
  });

  it('refuses an unquoted AS number with its place and its text as written', async () => {
    writeTopology('dci.yaml', (text) => text.replace('asn: "65000.1"', 'asn: 65000.10'));
    const { exitCode, out } = await runMeshrs(folder, 'check', 'topologies/dci.yaml');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/topologies\/dci\.yaml:\d+:8: error unquoted at routeServers\.asn/);
    expect(out).toContain('seen:    65000.10\n');
    expect(out).toContain('topologies/dci.yaml: 1 error, no warnings');
  });

  it('reads all files of the folder, and a folder below finds it', async () => {
    writeTopology('one.yaml');
    writeTopology('two.yml');
    mkdirSync(join(folder, 'packages/deep'), { recursive: true });
    const { exitCode, out } = await runMeshrs(join(folder, 'packages/deep'), 'check');
    expect(exitCode).toBe(1);
    expect(out).toContain('topologies/two.yml');
    expect(out).toContain('cluster-in-two-files');
  });

  it('prints the same as JSON', async () => {
    writeTopology('dci.yaml', (text) => text.replace('vips: [192.168.255.2]', 'vips: [192.168.255.1]'));
    const { exitCode, out } = await runMeshrs(folder, 'check', 'topologies/dci.yaml', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      files: ['topologies/dci.yaml'],
      issues: [
        {
          code: 'duplicate-address',
          severity: 'error',
          file: 'topologies/dci.yaml',
          path: ['sides', 'b', 'vips', 0],
          at: 'sides.b.vips[0]',
          seen: '192.168.255.1',
        },
      ],
    });
  });

  it('says which file cannot be read', async () => {
    const { exitCode, out, error } = await runMeshrs(folder, 'check', 'nowhere.yaml');
    expect({ exitCode, out }).toEqual({ exitCode: 3, out: '' });
    expect(error).toContain(join(folder, 'nowhere.yaml'));
    expect(error).toContain('  do:      check the path');
  });

  it('says what to do outside a repository and in an empty one', async () => {
    expect((await runMeshrs(folder, 'check')).error).toContain('There is no folder "topologies"');
    mkdirSync(join(folder, 'topologies'));
    const { exitCode, error } = await runMeshrs(folder, 'check');
    expect(exitCode).toBe(3);
    expect(error).toContain('run "meshrs init" to write a first topology');
  });
});

describe('build', () => {
  it('writes everything once, nothing the second time, and refuses what disturbs both sides', async () => {
    writeTopology('dci.yaml');
    commit('nothing generated yet');
    const first = await runMeshrs(folder, 'build', '--base', 'HEAD');
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.out).toMatch(
      /^topologies\/dci\.yaml:\d+:\d+: warning wide-client-ranges [^]*\n\ncompared with nothing: HEAD has nothing that meshrs generates; [^\n]*\nwrote \d+ files, removed no files, 0 unchanged\nArgo CD does not apply these for itself .*:\n/,
    );
    expect(first.out).toContain(
      '  kubectl apply --server-side --field-manager=meshrs -f clusters/dci/bootstrap.yaml\nSecrets that you make yourself, once:\n',
    );
    expect(first.out).toContain(
      '  dci: metallb/metallb-bgp-a with password\n  dci: metallb/metallb-bgp-b with password\n',
    );
    expect((await runMeshrs(folder, 'build')).out).toMatch(/\nwrote no files, removed no files, \d+ unchanged\n$/);
    commit('generated');
    writeTopology('dci.yaml', (text) => text.replace('engine: frr', 'engine: frr\n  persistence: {}'));
    const refused = await runMeshrs(folder, 'build');
    expect(refused.exitCode).toBe(1);
    expect(refused.out).toContain('overlays/dci: error both-sides');
    expect(refused.out).toMatch(/nothing was written: 1 error, 1 warning\n$/);
    expect((await runMeshrs(folder, 'check')).out).toContain('error not-built');
    const allowed = await runMeshrs(folder, 'build', '--allow-both-sides', '--json');
    expect(allowed.exitCode).toBe(0);
    expect(JSON.parse(allowed.out)).toMatchObject({
      ok: true,
      comparisons: [{ cluster: 'dci', disturbedSides: ['a', 'b'] }],
    });
  });
});

describe('a topology of which nothing can be generated', () => {
  const unsupported = (name: string) =>
    readFileSync(join(repository, 'packages/topology/test/unsupported', name), 'utf8');

  it.each([
    ['engine-not-supported at routeServers.engine', '1 error, no warnings', () => unsupported('crpd.yaml')],
    [
      'several-clusters-not-supported at placement.clusters',
      '1 error, no warnings',
      () => unsupported('dci-dual.yaml'),
    ],
    [
      'namespace-shared at routeServers.namespace',
      '1 error, 1 warning',
      (text: string) => text.replace('engine: frr', 'engine: frr\n  namespace: metallb'),
    ],
  ])('is refused alike by build, by check and by check FILE: %s', async (issue, counted, change) => {
    writeTopology('dci.yaml', change);
    commit('nothing generated yet');
    for (const command of [['build'], ['check'], ['check', 'topologies/dci.yaml']]) {
      const { exitCode, out } = await runMeshrs(folder, ...command);
      expect(exitCode).toBe(1);
      expect(out).toMatch(/^topologies\/dci\.yaml:\d+:\d+: error /m);
      expect(out).toContain(issue);
      expect(out).toContain(counted);
    }
    expect(existsSync(join(folder, 'generated.json'))).toBe(false);
  });
});

describe('build and check on the command line', () => {
  it('compare with the commit that --base names', async () => {
    writeTopology('dci.yaml');
    commit('nothing generated yet');
    expect(await runMeshrs(folder, 'build')).toMatchObject({ exitCode: 0 });
    commit('generated');
    writeTopology('dci.yaml', (text) => text.replace('engine: frr', 'engine: frr\n  persistence: {}'));
    for (const command of ['build', 'check']) {
      const { exitCode, error } = await runMeshrs(folder, command, '--base', 'no-such-branch');
      expect([exitCode, error]).toEqual([3, expect.stringContaining('git knows no commit no-such-branch')]);
    }
    // Of the commit before nothing runs.
    expect(await runMeshrs(folder, 'build', '--base', 'HEAD^')).toMatchObject({ exitCode: 0 });
    const first = await runMeshrs(folder, 'check', '--base', 'HEAD^');
    expect(first).toMatchObject({ exitCode: 0, out: expect.not.stringContaining('both-sides') as string });
    const head = await runMeshrs(folder, 'check');
    expect(head).toMatchObject({ exitCode: 1, out: expect.stringContaining('error both-sides') as string });
  });

  it('let each flag permit what it says, and nothing else', async () => {
    writeTopology('dci.yaml');
    commit('nothing generated yet');
    await runMeshrs(folder, 'build');
    commit('generated');
    writeTopology('dci.yaml', (text) => text.replaceAll(/^( +)routeserver-([ab](-0)?):/gm, '$1rs-$2:'));
    const both = ['--allow-both-sides', '--allow-removal'];
    const refusedWithout = (flags: readonly string[]) => [
      ...(flags.includes('--allow-both-sides') ? [] : ['both-sides', 'budget-too-loose']),
      ...(flags.includes('--allow-removal') ? [] : ['removes-route-servers']),
    ];
    for (const flags of [[], ['--force'], both.slice(0, 1), both.slice(1)]) {
      const refused = await runMeshrs(folder, 'build', ...flags);
      expect(refused.exitCode).toBe(1);
      expect(codes(refused.out)).toEqual(refusedWithout(flags));
    }
    expect(await runMeshrs(folder, 'build', ...both)).toMatchObject({ exitCode: 0 });

    for (const flags of [[], both.slice(0, 1), both.slice(1)]) {
      const refused = await runMeshrs(folder, 'check', ...flags);
      expect(refused.exitCode).toBe(1);
      expect(codes(refused.out)).toEqual(refusedWithout(flags));
    }
    expect(await runMeshrs(folder, 'check', ...both)).toMatchObject({ exitCode: 0 });
  });

  it('tell of a hand that edited, of --force, and of a build that died', async () => {
    writeTopology('dci.yaml');
    commit('nothing generated yet');
    await runMeshrs(folder, 'build');
    const path = 'overlays/dci/b/service.yaml';
    const text = readFileSync(join(folder, path), 'utf8');
    const edited = text.replace('port: 179', 'port: 1179');
    writeFileSync(join(folder, path), edited);
    const checked = await runMeshrs(folder, 'check', '--json');
    expect(checked.exitCode).toBe(1);
    expect(JSON.parse(checked.out)).toMatchObject({ ok: false, problems: [{ code: 'not-built', where: path }] });
    const refused = await runMeshrs(folder, 'build', '--json');
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ ok: false, problems: [{ code: 'hand-edited' }] });
    const journal = join(folder, '.cache/meshrs/journal');
    mkdirSync(dirname(join(journal, 'old', path)), { recursive: true });
    writeFileSync(join(journal, 'old', path), edited);
    writeFileSync(join(journal, 'operations.json'), JSON.stringify([{ path, existed: true, exists: true }]));

    const forced = await runMeshrs(folder, 'build', '--force');

    expect(forced.exitCode).toBe(0);
    expect(forced.out).toContain(`taken back, an earlier build had left it half-written: ${path}\n`);
    expect(forced.out).toContain('\nwrote 1 file, removed no files, ');
    expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
  });

  it("write kubeconform's reports where --junit says", async () => {
    writeTopology('dci.yaml');
    commit('nothing generated yet');
    await runMeshrs(folder, 'build');
    expect(await runMeshrs(folder, 'check', '--junit', join(folder, 'reports'))).toMatchObject({ exitCode: 0 });
    expect(readdirSync(join(folder, 'reports'))).toContain('dci-argocd-3.2.xml');
  });
});

/** The codes of the errors that are printed. */
function codes(out: string): string[] {
  return [...out.matchAll(/: error ([a-z-]+)$/gm)].map(([, code = '']) => code);
}

describe('the command line', () => {
  it.each([[['frobnicate']], [['check', '--frob']], [['explain', 'a', 'b']], [[]]])('%j is wrong use', async (args) => {
    const { exitCode, error } = await runMeshrs(folder, ...args);
    expect(exitCode).toBe(2);
    expect(error).not.toBe('');
  });

  it('documents the exit codes', async () => {
    const { exitCode, out } = await runMeshrs(folder, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('3  the world refused');
  });
});

describe('explain', () => {
  it('tells type, limits, default and what comes from a key', async () => {
    const { exitCode, out } = await runMeshrs(folder, 'explain', 'sides.a.statefulSets.routeserver-a.replicas');
    expect(exitCode).toBe(0);
    expect(out).toContain('allowed    1 to 1000');
    expect(out).toContain('default    1');
    expect(out).toContain('generates  spec.replicas');
  });

  it.each(['nodes.meshrr-kube1.links[0].routerPort', 'nodes.*.links.*.routerPort', 'nodes.x.links.routerPort'])(
    'understands %s',
    async (path) => {
      expect((await runMeshrs(folder, 'explain', path)).out).toContain('Its port.');
    },
  );

  it('lists the keys of the file without a path', async () => {
    const { out } = await runMeshrs(folder, 'explain');
    for (const key of ['placement', 'sides', 'metallb', 'clients'])
      expect(out).toMatch(new RegExp(`^ {4}${key} `, 'm'));
  });

  it('finds the key that was meant', async () => {
    const { exitCode, error } = await runMeshrs(folder, 'explain', 'metallb.holdSecond');
    expect(exitCode).toBe(1);
    expect(error).toContain('did you mean "holdSeconds"');
  });

  it.each([
    ['frobnicate', 'meshrs explain'],
    ['metallb.frobnicate', 'meshrs explain metallb'],
    ['metalb', 'meshrs explain metallb'],
    ['metallb.holdSecond', 'meshrs explain metallb.holdSeconds'],
  ])('says with %s what to do: %s', async (path, next) => {
    const { error } = await runMeshrs(folder, 'explain', path);
    expect(error).toMatch(new RegExp(`^ {2}do: {6}${next}\n`, 'm'));
    expect(error).not.toMatch(/ $/m);
  });

  it('knows every key of the schema: each has a description, and promises no file that nothing writes', async () => {
    const missing: string[] = [];
    const promised = new Set<string>();
    const visit = async (path: string): Promise<void> => {
      const { out } = await runMeshrs(folder, 'explain', ...(path === '' ? [] : [path]), '--json');
      const node = z
        .object({
          description: z.string().optional(),
          generates: z.string().default(''),
          keys: z.array(z.object({ name: z.string() })),
        })
        .parse(JSON.parse(out));
      if (node.description === undefined) missing.push(path);
      for (const [, folder = ''] of node.generates.matchAll(/(?:^|[ ;])([a-z]+)\/[<a-z]/g)) promised.add(folder);
      for (const { name } of node.keys) await visit(`${path === '' ? '' : `${path}.`}${name.replace('<name>', 'x')}`);
    };
    await visit('');
    expect(missing).toEqual([]);
    expect([...promised].sort()).toEqual(['overlays', 'routers']);
  });
});

describe('schema', () => {
  it('prints what is committed for editors', async () => {
    const { exitCode, out } = await runMeshrs(folder, 'schema');
    expect(exitCode).toBe(0);
    expect(out).toBe(readFileSync(join(repository, 'schemas/topology.schema.json'), 'utf8'));
  });

  it('closes every mapping and keeps our own facts out', () => {
    const open: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (value === null || typeof value !== 'object') return;
      const node = value as Record<string, unknown>;
      if (node['properties'] !== undefined && node['additionalProperties'] !== false) open.push(path);
      for (const key of ['isSensitive', 'generates'])
        if (key in node && typeof node[key] !== 'object') open.push(`${path}.${key}`);
      for (const [key, child] of Object.entries(node)) visit(child, `${path}.${key}`);
    };
    visit(JSON.parse(topologyJsonSchema()), '');
    expect(open).toEqual([]);
  });
});

describe('init', () => {
  it.each([
    ['one cluster', []],
    ['FRR and EOS', ['--engine', 'frr', '--router-system', 'eos', '--name', 'fabric-1']],
    ['AS numbers of two bytes', ['--asn', '64900', '--client-asns', '65101', '--node-range', '10.9.0.0/28']],
  ])('writes a topology that check accepts: %s', async (_name, flags) => {
    const { exitCode, out } = await runMeshrs(folder, 'init', '--yes', ...flags);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Wrote topologies\//);
    const file = out.split(/Wrote |\. Put/)[1] ?? '';
    const checked = await runMeshrs(folder, 'check', file);
    expect(checked.out).toMatch(/: no errors, no warnings\n$/);
  });

  it('never overwrites', async () => {
    await runMeshrs(folder, 'init', '--yes');
    const before = readFileSync(join(folder, 'topologies/dci.yaml'), 'utf8');
    const { exitCode, error } = await runMeshrs(folder, 'init', '--yes', '--engine', 'frr');
    expect(exitCode).toBe(3);
    expect(error).toContain('topologies/dci.yaml exists already; nothing was written.');
    expect(readFileSync(join(folder, 'topologies/dci.yaml'), 'utf8')).toBe(before);
  });

  it('names every wrong flag in one run and writes nothing', async () => {
    const { exitCode, error } = await runMeshrs(
      folder,
      'init',
      '--yes',
      '--vip-a',
      '192.168.255',
      '--asn',
      '65000,1',
      '--engine',
      'crpd',
      '--clusters',
      'two',
    );
    expect(exitCode).toBe(2);
    expect(error.match(/is not allowed/g)).toHaveLength(4);
    expect(error).toContain('--engine "crpd" is not allowed\n  allowed: frr\n');
    expect((await runMeshrs(folder, 'check')).exitCode).toBe(3);
  });

  it('refuses answers that do not fit together, as check would', async () => {
    const { exitCode, error } = await runMeshrs(folder, 'init', '--yes', '--vip-a', '10.244.0.1');
    expect(exitCode).toBe(1);
    expect(error).toContain('lies inside 10.244.0.0/16');
    expect(error).toContain('Nothing was written');
  });

  it('says when it cannot write', async () => {
    // A file where the folder should be stops root as well.
    writeFileSync(join(folder, 'topologies'), '');
    const { exitCode, error } = await runMeshrs(folder, 'init', '--yes');
    expect(exitCode).toBe(3);
    expect(error).toContain('cannot be written');
  });
});

describe('the page of errors', () => {
  it('is the committed one', () => {
    expect(readFileSync(join(repository, 'docs/errors.md'), 'utf8')).toBe(errorsPage());
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('check', () => {
  it('accepts the shipped topologies and tells their warnings', async () => {
    const { exitCode, out } = await runMeshrs(repository, 'check');
    expect(exitCode).toBe(0);
    expect(out).toContain('3 topologies: no errors, 3 warnings\n');
  });

  it('refuses an unquoted AS number with its place and its text as written', async () => {
    writeTopology('dci.yaml', (text) => text.replace('asn: "65000.1"', 'asn: 65000.10'));
    const { exitCode, out } = await runMeshrs(folder, 'check');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/topologies\/dci\.yaml:\d+:8: error unquoted at routeServers\.asn/);
    expect(out).toContain('seen:    65000.10\n');
    expect(out).toContain('topologies/dci.yaml: 1 error, 1 warning');
  });

  it('reads all files of the folder, and a folder below finds it', async () => {
    writeTopology('one.yaml');
    writeTopology('two.yml');
    mkdirSync(join(folder, 'packages/deep'), { recursive: true });
    const { exitCode, out } = await runMeshrs(join(folder, 'packages/deep'), 'check');
    expect(exitCode).toBe(1);
    expect(out).toContain('../../topologies/two.yml');
    expect(out).toContain('cluster-in-two-files');
  });

  it('prints the same as JSON', async () => {
    writeTopology('dci.yaml', (text) => text.replace('vips: [192.168.255.2]', 'vips: [192.168.255.1]'));
    const { exitCode, out } = await runMeshrs(folder, 'check', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      files: ['topologies/dci.yaml'],
      issues: [
        { code: 'asn-reserved-in-range', severity: 'warning' },
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

  it('knows every key of the schema: each has a description', async () => {
    const missing: string[] = [];
    const visit = async (path: string): Promise<void> => {
      const { out } = await runMeshrs(folder, 'explain', ...(path === '' ? [] : [path]), '--json');
      const node = z
        .object({ description: z.string().optional(), keys: z.array(z.object({ name: z.string() })) })
        .parse(JSON.parse(out));
      if (node.description === undefined) missing.push(path);
      for (const { name } of node.keys) await visit(`${path === '' ? '' : `${path}.`}${name.replace('<name>', 'x')}`);
    };
    await visit('');
    expect(missing).toEqual([]);
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
    ['two clusters', ['--clusters', 'two']],
    ['FRR and EOS', ['--engine', 'frr', '--router-system', 'eos', '--name', 'fabric-1']],
    ['AS numbers of two bytes', ['--asn', '64900', '--client-asns', '65101', '--node-range', '10.9.0.0/28']],
  ])('writes a topology that check accepts: %s', async (_name, flags) => {
    const { exitCode, out } = await runMeshrs(folder, 'init', '--yes', ...flags);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Wrote topologies\//);
    const checked = await runMeshrs(folder, 'check');
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
      'bird',
    );
    expect(exitCode).toBe(2);
    expect(error.match(/is not allowed/g)).toHaveLength(3);
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

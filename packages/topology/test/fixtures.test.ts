import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { formatIssue } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { checkAcross, readTopology, topologyCodes, type TopologyCode } from '../src/index.ts';

const here = import.meta.dirname;
const repository = join(here, '../../..');
const list = (pattern: string): string[] => globSync(pattern, { cwd: here }).sort();
const stem = (path: string): string => basename(path, '.yaml');

const invalid = list('invalid/*.yaml');
const found = new Set<TopologyCode>();

describe('an invalid topology gets exactly the issues that lie beside it', () => {
  it.each(invalid.map((path) => [stem(path), path]))('%s', (reason, path) => {
    const { issues } = readTopology(`${reason}.yaml`, readFileSync(join(here, path), 'utf8'));
    for (const { code } of issues) found.add(code);
    const text = `${issues.map(formatIssue).join('\n\n')}\n`;
    const golden = join(here, dirname(path), `${reason}.issues.txt`);
    // Read the diff of an update line by line: it assumes that the code is right.
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
    expect(issues.length).toBeGreaterThan(0);
  });

  it('has no issues file without its topology', () => {
    const orphans = list('invalid/*.issues.txt').filter(
      (path) => !invalid.includes(path.replace('.issues.txt', '.yaml')),
    );
    expect(orphans).toEqual([]);
  });

  it('shows every code at least once', () => {
    // Only two files together can have one cluster; the test below shows that code.
    const shown = new Set<string>([...found, 'cluster-in-two-files']);
    expect(Object.keys(topologyCodes).filter((code) => !shown.has(code))).toEqual([]);
  });
});

describe('a valid topology has no error', () => {
  const shipped = globSync('topologies/*.yaml', { cwd: repository }).map((path) => join(repository, path));
  it.each([...list('valid/*.yaml').map((path) => join(here, path)), ...shipped].map((path) => [stem(path), path]))(
    '%s',
    (name, path) => {
      const { issues, topology } = readTopology(`${name}.yaml`, readFileSync(path, 'utf8'));
      expect(issues.filter(({ severity }) => severity === 'error').map(formatIssue)).toEqual([]);
      expect(topology).toBeDefined();
    },
  );
});

describe('the shipped topologies', () => {
  const text = (name: string): string => readFileSync(join(repository, 'topologies', `${name}.yaml`), 'utf8');

  it('dci and dci-dual differ only in their placement', () => {
    const withoutPlacement = (name: string): string => text(name).replace(/^[^]*?\nplacement:\n( .*\n)+/, '');
    expect(withoutPlacement('dci-dual')).toBe(withoutPlacement('dci'));
    expect(withoutPlacement('dci')).toContain('routeServers:');
  });

  it('have no cluster in common', () => {
    expect(checkAcross(['dci', 'dci-dual', 'dci-vrf'].map((name) => readTopology(`${name}.yaml`, text(name))))).toEqual(
      [],
    );
  });
});

describe('several topologies', () => {
  it('may not have a cluster in common', () => {
    const text = readFileSync(join(here, 'valid/one-cluster.yaml'), 'utf8');
    const issues = checkAcross([readTopology('topologies/one.yaml', text), readTopology('topologies/two.yaml', text)]);
    expect(issues.map(formatIssue)).toEqual([
      [
        'topologies/two.yaml:4:7: error cluster-in-two-files at placement.clusters.dci',
        '  The cluster "dci" stands in topologies/one.yaml too; both files would write overlays/dci.',
        '  seen:    dci',
        '  allowed: a cluster name that no other topology has',
        '  do:      rename the cluster in one of the two files',
      ].join('\n'),
    ]);
  });
});

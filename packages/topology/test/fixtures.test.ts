import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { formatIssue } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { checkAcross, readTopology, topologyCodes, type TopologyIssue } from '../src/index.ts';

const here = import.meta.dirname;
const repository = join(here, '../../..');
const list = (pattern: string): string[] => globSync(pattern, { cwd: here }).sort();
const stem = (path: string): string => basename(path, '.yaml');

const unsupported = list('unsupported/*.yaml');
/** What is unsupported is right, and refused all the same. */
const invalid = [...list('invalid/*.yaml'), ...unsupported];
const issuesOf = (path: string): readonly TopologyIssue[] =>
  readTopology(basename(path), readFileSync(join(here, path), 'utf8')).issues;

describe('an invalid topology gets exactly the issues that lie beside it', () => {
  it.each(invalid.map((path) => [stem(path), path]))('%s', (reason, path) => {
    const issues = issuesOf(path);
    const text = `${issues.map(formatIssue).join('\n\n')}\n`;
    const golden = join(here, dirname(path), `${reason}.issues.txt`);
    // Read the diff of an update line by line: it assumes that the code is right.
    if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, 'utf8'));
    expect(issues.length).toBeGreaterThan(0);
  });

  it('has no issues file without its topology', () => {
    const orphans = list('{invalid,unsupported}/*.issues.txt').filter(
      (path) => !invalid.includes(path.replace('.issues.txt', '.yaml')),
    );
    expect(orphans).toEqual([]);
  });

  it('shows every code at least once', () => {
    // Only two files together can have one cluster; the test below shows that code.
    const shown = new Set<string>([...invalid.flatMap(issuesOf).map(({ code }) => code), 'cluster-in-two-files']);
    expect(Object.keys(topologyCodes).filter((code) => !shown.has(code))).toEqual([]);
  });
});

describe('a valid topology has no error', () => {
  it.each(list('valid/*.yaml').map((path) => [stem(path), path]))('%s', (name, path) => {
    const { issues, topology } = readTopology(`${name}.yaml`, readFileSync(join(here, path), 'utf8'));
    expect(issues.filter(({ severity }) => severity === 'error').map(formatIssue)).toEqual([]);
    expect(topology).toBeDefined();
  });
});

describe('an unsupported topology has no issue but that', () => {
  it.each(unsupported.map((path) => [stem(path), path]))('%s', (name, path) => {
    const text = readFileSync(join(here, path), 'utf8');
    expect(readTopology(`${name}.yaml`, text).issues.map(({ code }) => code)).toEqual([
      expect.stringMatching(/-not-supported$/),
    ]);
    const { issues, topology } = readTopology(`${name}.yaml`, text, { allowUnsupported: true });
    expect(issues.filter(({ code }) => code !== 'wide-client-ranges')).toEqual([]);
    expect(topology).toBeDefined();
  });
});

describe('the shipped topologies', () => {
  const shipped = globSync('topologies/*.yaml', { cwd: repository }).sort();
  const read = (path: string) => readFileSync(join(repository, path), 'utf8');
  const dci = read('topologies/dci.yaml');

  it('have no issue but that anybody of their ranges may come, not even a warning, and no cluster in common', () => {
    const files = shipped.map((path) => readTopology(path, read(path)));
    expect(files.map(({ file }) => file)).toEqual(['topologies/dci-vrf.yaml', 'topologies/dci.yaml']);
    expect([...files.flatMap(({ issues }) => issues), ...checkAcross(files)].map(({ code }) => code)).toEqual([
      'wide-client-ranges',
      'wide-client-ranges',
    ]);
  });

  it.each([
    ['dci-dual', 'placement', /^[^]*?\nplacement:\n( .*\n)+/],
    ['crpd', 'engine', /^.*\n.*\n| {2}engine: .*\n( {2}(images|crpd):.*\n {4}.*\n)*/g],
  ])('dci and %s differ only in their %s', (name, _what, difference) => {
    const rest = (text: string): string => text.replace(difference, '');
    expect(rest(readFileSync(join(here, `unsupported/${name}.yaml`), 'utf8'))).toBe(rest(dci));
    expect(rest(dci)).toContain('clients:');
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

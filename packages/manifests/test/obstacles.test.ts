import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifestCodes, renderManifests, type Fleet } from '../src/index.ts';
import { casesFolder, readText } from './support/cases.ts';
import { expectGolden, says } from './support/says.ts';

/** Code of an obstacle → an edit of a topology that leads to it, as text and replacement. */
const edits: Readonly<Record<string, { base: string; from: string; to: string }[]>> = {
  'reserved-side-name': ['custom', 'none', 'all'].map((name) => ({
    base: 'frr',
    from: 'sides: [a, b]',
    to: `sides: [${name}, b]`,
  })),
  'position-names-equal': [{ base: 'two-positions', from: 'spare:', to: 'Fabric:' }],
  'namespace-shared': [{ base: 'frr', from: 'engine: frr', to: 'engine: frr\n  namespace: metallb' }],
  'engine-lacks': [
    { base: 'management', from: 'engine: crpd', to: 'engine: frr' },
    { base: 'frr', from: 'engine: frr', to: 'engine: frr\n  template: my-template' },
  ],
  'window-too-short': ['30m', '5m', '39m'].map((duration) => ({
    base: 'frr',
    from: 'gitops:\n',
    to: `gitops:\n  syncWindows: [{ kind: allow, schedule: "0 22 * * *", duration: ${duration} }]\n`,
  })),
  'client-auth-not-carried': [
    {
      base: 'host-network',
      from: 'prefixes: [192.168.0.0/16]',
      to: 'prefixes: [192.168.0.0/16]\n    auth: { secret: md5, key: password }',
    },
  ],
};

test.each(Object.entries(edits).flatMap(([code, list]) => list.map((edit) => ({ code, ...edit }))))(
  '$code stops a topology: $to',
  ({ code, base, from, to }) => {
    const topology = readText(edited(base, from, to));

    const { obstacles } = renderManifests([{ file: 'topologies/dci.yaml', topology }], () => false);

    expect(obstacles.map(({ finding }) => finding.code)).toEqual([code]);
  },
);

test('two topologies with one name stop each other, and a name that is no folder stops its own', () => {
  const topology = readText(edited('frr', '', ''));
  const fleets: Fleet[] = ['topologies/dci.yaml', 'topologies/dci.yml', 'topologies/my fleet.yaml'].map((file) => ({
    file,
    topology,
  }));

  const { obstacles } = renderManifests(fleets, () => false);

  expect(obstacles.map(({ file, finding }) => [file, finding.code])).toEqual([
    ['topologies/dci.yml', 'fleet-twice'],
    ['topologies/my fleet.yaml', 'fleet-name'],
  ]);
});

test('an obstacle says what stands in obstacles.txt', () => {
  const topology = readText(edited('frr', '', ''));
  const samples: Fleet[][] = [
    ...Object.values(edits).flatMap((list) =>
      list.map(({ base, from, to }) => [{ file: 'topologies/dci.yaml', topology: readText(edited(base, from, to)) }]),
    ),
    ['topologies/dci.yaml', 'topologies/dci.yml'].map((file) => ({ file, topology })),
    [{ file: 'topologies/my fleet.yaml', topology }],
  ];

  const said = samples.flatMap((fleets) =>
    renderManifests(fleets, () => false).obstacles.map(({ file, finding: { code, path, ...told } }) =>
      says(`${file}: ${code} at ${path.join('.') || 'the file'}`, told),
    ),
  );

  expectGolden('obstacles.txt', said);
});

test('every code has a test', () => {
  expect([...Object.keys(edits), 'fleet-twice', 'fleet-name'].sort()).toEqual(Object.keys(manifestCodes).sort());
});

test('a fleet on two clusters gets no files, and is named with the reason', () => {
  const text = edited('frr', '', '').replace(
    /clusters:[^]*?gitops/,
    `clusters:
    dci-a: { sides: [a], nodeRanges: [172.16.1.0/24], podRanges: [10.244.0.0/16], serviceRanges: [10.96.0.0/12], destination: a }
    dci-b: { sides: [b], nodeRanges: [172.16.2.0/24], podRanges: [10.245.0.0/16], serviceRanges: [10.96.0.0/12], destination: b }

gitops`,
  );

  const rendered = renderManifests([{ file: 'topologies/dual.yaml', topology: readText(text) }], () => false);

  expect(rendered.files).toEqual([]);
  expect(rendered.notGenerated).toEqual([
    {
      file: 'topologies/dual.yaml',
      clusters: ['dci-a', 'dci-b'],
      reason: expect.stringContaining('headless Service') as string,
    },
  ]);
});

function edited(base: string, from: string, to: string): string {
  const source = readFileSync(join(casesFolder, base, 'topology.yaml'), 'utf8');
  const text = source.replace(from, to);
  if (from === '') return source;
  const name = /^sides: \[(?<name>\w+), b\]$/.exec(to)?.groups?.['name'];
  if (name !== undefined) return text.replace('\n  a:\n', `\n  ${name}:\n`).replaceAll('side: a\n', `side: ${name}\n`);
  return from === 'spare:' ? text.replaceAll('anycast: spare', 'anycast: Fabric') : text;
}

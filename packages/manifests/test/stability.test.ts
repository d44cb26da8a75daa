import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderManifests, type ManifestFile } from '../src/index.ts';
import { caseNames, casesFolder, readText, renderCase, topologyOf } from './support/cases.ts';

test.each(['crpd', 'dual-stack', 'everything-set'])('a hundred runs of %s give the same bytes', (name) => {
  const topology = topologyOf(name);
  const first = JSON.stringify(render(topology));
  for (let run = 1; run < 100; run++) expect(JSON.stringify(render(topology))).toBe(first);
});

test('the order of entries in a topology changes nothing', () => {
  const topology = topologyOf('everything-set');
  const expected = render(topology);
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(1000)), (randoms) => {
      const next = (): number => Number(randoms.next().value);
      expect(render(shuffled(topology, next) as typeof topology)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

test('a VIP that changes touches two lines of a side, in the pool and in the Service, and who may announce it', () => {
  expect(linesChanged('frr', '192.168.255.2]', '192.168.255.9]')).toEqual([
    ...['announcements', 'services'].map((what): unknown =>
      expect.stringMatching(
        new RegExp(
          String.raw`^clusters/dci/interlock/policy-foreign-${what}\.yaml: expression: ".* -> .*255\W+9\)\$'"$`,
        ),
      ),
    ),
    'overlays/dci/b/ip-address-pool.yaml: - "192.168.255.2/32" -> - "192.168.255.9/32"',
    'overlays/dci/b/service.yaml: metallb.io/loadBalancerIPs: "192.168.255.2" -> metallb.io/loadBalancerIPs: "192.168.255.9"',
  ]);
});

test("a client's address touches one line per side, in the settings, beside its revision, and which no Service may have", () => {
  expect(linesChanged('frr', '192.168.1.11', '192.168.1.12')).toEqual([
    expect.stringMatching(
      /^clusters\/dci\/interlock\/policy-foreign-services\.yaml: expression: ".* -> .*'192\.168\.1\.12'/,
    ),
    'overlays/dci/a/settings.yaml: address: "192.168.1.11" -> address: "192.168.1.12"',
    'overlays/dci/b/settings.yaml: address: "192.168.1.11" -> address: "192.168.1.12"',
  ]);
});

test('the anycast loopback touches one line per side, in the BGPPeer, and whom nobody else may dial', () => {
  expect(linesChanged('frr', 'address: 192.168.255.0', 'address: 192.168.254.0')).toEqual([
    ...['announcements', 'frr-configurations', 'services'].map((what): unknown =>
      expect.stringMatching(
        new RegExp(String.raw`^clusters/dci/interlock/policy-foreign-${what}\.yaml: .*168\W+254\W+0`),
      ),
    ),
    'overlays/dci/a/bgp-peer-routeserver-a-fabric.yaml: peerAddress: "192.168.255.0" -> peerAddress: "192.168.254.0"',
    'overlays/dci/b/bgp-peer-routeserver-b-fabric.yaml: peerAddress: "192.168.255.0" -> peerAddress: "192.168.254.0"',
  ]);
});

test('every text has LF alone, one final newline and no blanks at the end of a line', () => {
  for (const { path, text } of caseNames().flatMap((name) => renderCase(name).files)) {
    expect(text, path).toMatch(/[^\n]\n$/);
    expect(text, path).not.toMatch(/\r|[ \t]\n/);
  }
});

test.each(caseNames())(
  'in %s every object of a side bears the revision that its gate looks for, and opens the side for',
  (name) => {
    const marks = renderCase(name).files.flatMap(({ path, text }) => {
      const [folder, side, file] = /^overlays\/(.+)\/([^/]+)\/([^/]+)$/.exec(path)?.slice(1) ?? [];
      const mark = /(?:--revision=|side-revision: "?)(?<mark>[0-9a-f]+)/.exec(text)?.groups?.['mark'] ?? 'none';
      const bears = file !== undefined && file !== 'kustomization.yaml' && /^[ab]$/.test(side ?? '');
      return bears ? [{ side: `${folder ?? ''}/${side ?? ''}`, file, mark }] : [];
    });
    const bySide = [...Map.groupBy(marks, ({ side }) => side).values()];
    expect(bySide).toHaveLength(2);
    for (const files of bySide) {
      expect(files.length).toBeGreaterThanOrEqual(3);
      expect(new Set(files.map(({ mark }) => mark)).size).toBe(1);
      expect(files[0]?.mark).toMatch(/^[0-9a-f]{20}$/);
    }
  },
);

/**
 * "path: old line -> new line" of every line that differs after one replacement in the topology, but for the revision of a
 * side, which any change of it makes another in all its objects.
 */
function linesChanged(name: string, before: string, after: string): string[] {
  const source = readFileSync(join(casesFolder, name, 'topology.yaml'), 'utf8');
  expect(source.split(before)).toHaveLength(2);
  const old = new Map(render(readText(source)).map(({ path, text }) => [path, text.split('\n')]));
  return render(readText(source.replace(before, after))).flatMap(({ path, text }) => {
    const lines = old.get(path) ?? [];
    return text
      .split('\n')
      .flatMap((line, index) =>
        line === lines[index] || revisionLine.test(line)
          ? []
          : [`${path}: ${(lines[index] ?? '').trim()} -> ${line.trim()}`],
      );
  });
}

const revisionLine = /(?:--revision=|--side-revision=[^=]*=|side-revision: "?)[0-9a-f]{20}/;

function render(topology: ReturnType<typeof readText>): readonly ManifestFile[] {
  return renderManifests([{ file: 'topologies/dci.yaml', topology }], () => false).files;
}

/** The same mappings with their keys in another order; lists stay. */
function shuffled(value: unknown, next: () => number): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [number, string, unknown] => [
    next(),
    key,
    shuffled(inner, next),
  ]);
  return Object.fromEntries(entries.sort(([one], [other]) => one - other).map(([, key, inner]) => [key, inner]));
}

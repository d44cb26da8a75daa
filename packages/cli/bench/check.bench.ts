import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTopology } from '@meshrs/topology';
import { parseDocument } from 'yaml';
import { milliseconds, type Benchmark } from '@meshrs/bench';

const repository = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'meshrs-bench-'));
const meshrs = join(repository, 'scripts/meshrs');
const dci = join(repository, 'topologies/dci.yaml');
const large = join(scratch, 'thousand-sides.yaml');
writeFileSync(large, thousandSides(readFileSync(dci, 'utf8')));

const check = (path: string): unknown => execFileSync(meshrs, ['check', path], { cwd: repository });

export const benchmarks: readonly Benchmark[] = [
  {
    name: '`meshrs check topologies/dci.yaml`, whole process',
    unit: 'ms',
    wanted: '300 ms or less',
    runs: 21,
    sample: () => milliseconds(() => check(dci)),
  },
  {
    name: 'a topology with 1000 sides read and checked, in one process',
    unit: 'ms',
    wanted: '1000 ms or less',
    runs: 11,
    sample: () => milliseconds(() => readTopology(large, readFileSync(large, 'utf8'))),
  },
  {
    name: 'the same by `meshrs check`, whole process (start, reading, printing)',
    unit: 'ms',
    runs: 11,
    sample: () => milliseconds(() => check(large)),
    tearDown: () => {
      rmSync(scratch, { recursive: true, force: true });
    },
  },
];

/** A valid topology with 1000 sides, each with a VIP, a route server and two nodes behind a router of its own. */
function thousandSides(text: string): string {
  const document = parseDocument(text);
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  const entries = (make: (index: number) => [string, unknown][]): Record<string, unknown> =>
    Object.fromEntries(numbers.flatMap(make));
  const octets = (index: number): string => `${String(Math.floor(index / 250))}.${String(index % 250)}`;
  const set = (path: readonly string[], value: unknown): void => {
    document.setIn(path, document.createNode(value, { aliasDuplicateObjects: false }));
  };
  document.deleteIn(['management']);
  set(
    ['placement', 'clusters', 'dci', 'sides'],
    numbers.map((index) => `s${String(index)}`),
  );
  set(
    ['sides'],
    entries((index) => [
      [
        `s${String(index)}`,
        {
          vips: [`192.168.${octets(index)}`],
          statefulSets: { [`rs-s${String(index)}`]: { routerIds: [`10.0.${octets(index)}`] } },
        },
      ],
    ]),
  );
  set(
    ['routers'],
    entries((index) => [
      [
        `r${String(index)}`,
        {
          system: 'junos',
          loopbacks: [`192.168.${String(10 + Math.floor(index / 250))}.${String(index % 250)}`],
          anycast: 'fabric',
        },
      ],
    ]),
  );
  set(
    ['nodes'],
    entries((index) =>
      [0, 1].map((half): [string, unknown] => [
        `n${String(index)}-${String(half)}`,
        {
          side: `s${String(index)}`,
          links: [
            {
              router: `r${String(index)}`,
              routerPort: `ge-0/0/${String(half)}`,
              routerAddresses: [`172.16.${String(Math.floor(index / 50))}.${String((index % 50) * 4 + half * 2)}/31`],
              nodePort: 'eth1',
              nodeAddresses: [`172.16.${String(Math.floor(index / 50))}.${String((index % 50) * 4 + half * 2 + 1)}/31`],
            },
          ],
        },
      ]),
    ),
  );
  set(['clients'], {});
  return document.toString();
}

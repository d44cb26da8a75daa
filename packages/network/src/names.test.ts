import { describe, expect, it } from 'vitest';
import * as rules from './names.ts';
import { isName, type NameRule } from './names.ts';

/** Of each rule: what it takes, what it refuses, and how long a name may be (of which character it is made). */
const table: readonly [
  name: keyof Omit<typeof rules, 'isName'>,
  taken: string[],
  refused: string[],
  maximum: number,
][] = [
  ['kubernetesLabel', ['a', '0', 'a-b', 'a--b', '0a9'], ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a\n', 'ä'], 63],
  ['kubernetesService', ['a', 'a-b', 'a0'], ['', '0a', '-a', 'a-', 'A', 'aB', 'a.b'], 63],
  ['kubernetesStatefulSet', ['a', 'a-b', 'a0'], ['', '0a', '-a', 'a-', 'A', 'aB', 'a.b'], 52],
  [
    'kubernetesSubdomain',
    ['a', '0', 'a.b', 'a-b.0-c.d', 'kube1.example.com'],
    ['', '.a', 'a.', 'a..b', '-a', 'a-', 'a.-b', 'a-.b', 'a.b-', 'A', 'a_b', 'a.b\n'],
    253,
  ],
  ['kubernetesDataKey', ['a', '.a', '-', '_', 'A.b-c_9'], ['', 'a b', 'a/b', 'ä', 'a\n'], 253],
  ['peerGroup', ['A', 'MESHRR-CLIENTS', 'a_b9'], ['', '1A', '-A', '_A', 'A.b', 'A b', 'A\n'], 55],
  ['hostName', ['a', '9', 'DC1-leaf1', 'a--b'], ['', '-a', 'a-', 'a.b', 'a_b', 'a b', 'a\n'], 63],
  ['vrf', ['A', 'TENANT-1_b'], ['', '1A', '-A', '_A', 'A.b', 'A b'], 128],
  ['underlay', ['1', 'A', 'FABRIC_1-b'], ['', '-A', '_A', 'A.b', 'A b', 'A\n'], 55],
  [
    'routerPort',
    [
      'ge-0/0/2',
      'GigabitEthernet0/0/0/2',
      'Ethernet1/2',
      'eth1',
      'eth',
      'et-0/0/1:2',
      'xe-0/0/1.100',
      'lo0.0',
      'ae1:1.20',
    ],
    [
      '',
      '0',
      '1/2',
      '-ge',
      'ge 0/0/2',
      'ge-0/0/',
      'ge-0//2',
      'ge-0/0/2.',
      'ge-0/0/2:',
      'ge-0/0/2.a',
      'ge_0',
      'ge-0/0/2\n',
    ],
    63,
  ],
  ['linuxInterface', ['eth0', 'a', 'eth0.100', 'br-a_b'], ['', '0eth', '-a', '.a', 'a/b', 'a b', 'a:b'], 15],
];

describe.each(table)('%s', (name, taken, refused, maximum) => {
  const rule: NameRule = rules[name];

  it.each(taken)('takes %j', (text) => {
    expect(isName(text, rule)).toBe(true);
  });

  it.each(refused)('refuses %j', (text) => {
    expect(isName(text, rule)).toBe(false);
  });

  it(`takes ${String(maximum)} characters and no more`, () => {
    expect(isName('a'.repeat(maximum), rule)).toBe(true);
    expect(isName('a'.repeat(maximum + 1), rule)).toBe(false);
  });

  it('says how many', () => {
    // Routers' own limits are longer than any name that somebody writes.
    expect(rule.allowed).toContain(name === 'routerPort' ? 'ge-0/0/2' : `at most ${String(maximum)}`);
  });
});

it.each(Object.values(rules).filter((rule) => typeof rule !== 'function'))(
  'no name keeps $pattern busy, however it goes wrong at its end',
  (rule) => {
    // Short enough that a pattern which tries every way of reading it ends, after seconds.
    const length = Math.min(rule.maximumLength, 28);
    const started = performance.now();
    for (const part of ['0', 'a', 'a-', 'a.', '0/0', '0:0']) {
      isName(`a${part.repeat(80)}`.slice(0, length - 1) + '!', rule);
    }
    expect(performance.now() - started).toBeLessThan(1000);
  },
);

it('every rule stands in the table', () => {
  expect(table.map(([name]) => name).sort()).toEqual(
    Object.keys(rules)
      .filter((key) => key !== 'isName')
      .sort(),
  );
});

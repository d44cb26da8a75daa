import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { goldenFiles, readCase } from '@meshrs/router-config/device-cases';
import { renderDevices } from '@meshrs/router-config/devices';
import { isCommand } from '@meshrs/test-kit/frr-text';
import { startFrrDaemons, type FrrDaemons } from './frr-daemons.ts';

/*
 * FRR itself decides about its files: bgpd, zebra, bfdd, ospfd and isisd take each by vtysh, as a person loads it, and run what it
 * says; what is said to take it back leaves nothing of it.
 */

let frr: FrrDaemons;
beforeAll(async () => {
  frr = await startFrrDaemons();
});
afterAll(async () => {
  await frr.end();
});

const files = goldenFiles('frr');
afterEach(() => {
  frr.run([
    'configure terminal',
    ...frr
      .running()
      .split('\n')
      .filter(isRouter)
      .map((line) => `no ${line}`),
  ]);
});

const isis = 'packages/router-config/test/devices/cases/igp, with IS-IS';

describe.each([...files, isis])('%s', (golden) => {
  const text = golden === isis ? withIsis() : readFileSync(golden, 'utf8');

  test('is loaded without a complaint, runs as it was rendered, is loaded again without a change, and is taken back', () => {
    const path = join(frr.folder, 'router.conf');
    writeFileSync(path, text);
    // The groups, processes and instances of the underlay are there already.
    const { asn, underlay } = ofOthers(text);
    expect(frr.run(['configure terminal', ...underlay])).toEqual({ status: 0, complaints: [] });
    const before = linesInBlocks(frr.running());

    expect(frr.load(path)).toEqual({ status: 0, complaints: [] });
    const running = linesInBlocks(frr.running());
    const rendered = linesInBlocks(text);
    expect(running.filter((line) => !before.includes(line) && !rendered.includes(line))).toEqual([]);
    expect(rendered.filter((line) => !running.includes(line) && !isSaidByFrrItself(line))).toEqual([]);

    expect(frr.load(path)).toEqual({ status: 0, complaints: [] });
    expect(linesInBlocks(frr.running())).toEqual(running);

    expect(frr.run(['configure terminal', ...takingBack(text)])).toEqual({ status: 0, complaints: [] });
    const left = linesInBlocks(frr.running()).filter((line) => !before.includes(line));
    expect(left.filter((line) => !isKept(line, asn))).toEqual([]);
  });
});

test.each<[string, string, string]>([
  ['a word of bgpd that is none', 'update-source', 'update-sourcee'],
  ['a number that BFD does not take', 'detect-multiplier 4', 'detect-multiplier 256'],
  [
    'a group that is not there',
    '172.16.2.11 peer-group meshrs-dci-nodes-a',
    '172.16.2.11 peer-group meshrs-dci-nodes-c',
  ],
  ['a prefix-list without an action', 'seq 5 permit 192', 'seq 5 192'],
])('refuses %s', (_, right, wrong) => {
  const text = readFileSync(theOne('vlan-and-two-roles', 'r2-frr'), 'utf8');
  const broken = text.replace(right, wrong);
  expect(broken).not.toBe(text);
  const file = join(frr.folder, 'broken.conf');
  writeFileSync(file, broken);

  const { status, complaints } = frr.load(file);

  expect(status).not.toBe(0);
  expect(complaints).not.toEqual([]);
});

/** A statement of somebody's where the file puts its own, with what stands around it. */
const ofSomebody: readonly (readonly [what: string, text: () => string, inside: readonly string[]])[] = [
  ['OSPF', () => readFileSync(theOne('igp', 'r2-frr'), 'utf8'), ['router ospf', 'redistribute bgp']],
  [
    'OSPF, with a metric',
    () => readFileSync(theOne('igp', 'r2-frr'), 'utf8'),
    ['router ospf', 'redistribute bgp metric 5'],
  ],
  ['IS-IS', withIsis, ['router isis CORE', 'redistribute ipv4 bgp level-2']],
  [
    'the group of the underlay',
    () => readFileSync(theOne('fabric', 'r2-frr'), 'utf8'),
    [
      'route-map OTHER permit 10',
      'exit',
      'router bgp 65202',
      'address-family ipv4 unicast',
      'neighbor UNDERLAY route-map OTHER out',
    ],
  ],
];

describe('a statement that was there before', () => {
  // Daemons of its own: at those that had taken all files before, a command did not come back.
  beforeAll(async () => {
    await frr.end();
    frr = await startFrrDaemons();
  });

  test.each(ofSomebody)('in %s is there again, where it is written as the file says', (...each) => {
    const [, textOf, theirs] = each;
    const text = textOf();
    const path = join(frr.folder, 'router.conf');
    writeFileSync(path, text);
    expect(frr.run(['configure terminal', ...ofOthers(text).underlay, ...theirs])).toEqual({
      status: 0,
      complaints: [],
    });
    const before = linesInBlocks(frr.running());
    expect(frr.load(path)).toEqual({ status: 0, complaints: [] });
    expect(before.filter((line) => !linesInBlocks(frr.running()).includes(line))).toHaveLength(1);

    const commands = takingBack(text);
    const word = commands.findIndex((line) => line.startsWith('! Now: if '));
    const next = commands.findIndex((line, index) => index > word && line.startsWith('no '));
    const again = [...commands.slice(0, next), theirs.at(-1) ?? '', ...commands.slice(next + 1)];
    expect(frr.run(['configure terminal', ...again])).toEqual({ status: 0, complaints: [] });

    const after = linesInBlocks(frr.running());
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    expect(after.filter((line) => line.includes('meshrs-'))).toEqual([]);
  });
});

/** The router of FRR of the case with OSPF, and IS-IS in its place. */
function withIsis(): string {
  const topology = readCase('igp');
  const router = topology.routers['r2-frr'];
  if (!router) throw new Error('The case has no r2-frr.');
  const routers = {
    ...topology.routers,
    'r2-frr': { ...router, underlay: { protocol: 'isis' as const, name: 'CORE' } },
  };
  const { files: rendered } = renderDevices('topologies/dci.yaml', { ...topology, routers });
  const file = rendered.find(({ path }) => path.endsWith('/r2-frr.frr.conf'));
  if (!file) throw new Error('No file was made.');
  return file.text;
}

function theOne(folder: string, name: string): string {
  const found = files.find((path) => path.includes(`/${folder}/`) && basename(path).startsWith(`${name}.`));
  if (found === undefined) throw new Error(`There is no file of ${name} in ${folder}.`);
  return found;
}

/** What a file says is there already: its AS, and the underlay that it attaches a filter to. */
function ofOthers(text: string): { asn: string; underlay: string[] } {
  const asn = /^router bgp (\d+)$/m.exec(text)?.[1];
  if (asn === undefined) throw new Error('The file has no router bgp.');
  const group = /The peer group (\S+) is there/.exec(text)?.[1];
  const process = /^router (?:ospf|isis \S+)$/m.exec(text)?.[0];
  return {
    asn,
    underlay: [
      ...(group === undefined ? [] : [`router bgp ${asn}`, `neighbor ${group} peer-group`, 'exit']),
      ...(process === undefined ? [] : [process, 'exit']),
    ],
  };
}

function takingBack(text: string): string[] {
  const tail = text.slice(text.indexOf('! To take it back:\n')).split('\n').slice(1);
  return tail.map((line) => line.replace(/^! */, '')).filter((line) => line !== '');
}

/** A line behind the lines that it stands under: what is indented less ends a block. */
function linesInBlocks(text: string): string[] {
  const blocks: { depth: number; line: string }[] = [];
  const lines = text
    .split('\n')
    .filter(isCommand)
    .flatMap((raw) => {
      const line = raw.trim();
      const depth = raw.length - raw.trimStart().length;
      while ((blocks.at(-1)?.depth ?? -1) >= depth) blocks.pop();
      const whole = [...blocks.map((each) => each.line), line].join(' | ');
      blocks.push({ depth, line });
      return /^exit|^end$/.test(line) || isOfProcess(line) ? [] : [whole];
    });
  return [...new Set(lines)].sort();
}

/** Of how FRR was started, not of what it was told. */
function isOfProcess(line: string): boolean {
  return /^(frr version .+|frr defaults traditional|hostname .+|service integrated-vtysh-config|no ipv6 forwarding|no ip forwarding|Building configuration\.\.\.|Current configuration:)$/.test(
    line,
  );
}

/** What FRR would do by itself it does not show; a file says it where something else may be there already. */
function isSaidByFrrItself(line: string): boolean {
  return [
    /^router bgp \d+ \| address-family (ipv4 unicast|l2vpn evpn)$/,
    /^router bgp \d+ \| address-family ipv4 unicast \| neighbor \S+ activate$/,
    /^bfd \| profile \S+ \| (detect-multiplier 3|transmit-interval 300|receive-interval 300)$/,
  ].some((own) => own.test(line));
}

/** What was there in their place nobody knows: they stay. */
function isKept(line: string, asn: string): boolean {
  return line === 'bfd' || line === `router bgp ${asn}` || line.endsWith('| address-family ipv4 unicast');
}

function isRouter(line: string): boolean {
  return /^router (bgp|ospf|isis)\b/.test(line);
}

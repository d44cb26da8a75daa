import { describe, expect, it } from 'vitest';
import { renderDevices } from '../../src/devices/index.ts';
import { readCase } from './read-case.ts';

const topology = readCase('fabric');

/** Its router of IOS-XR with a group of that name as its underlay. */
function fileOf(name: string): string {
  const router = topology.routers['r3-iosxr'] ?? expect.unreachable('there is no r3-iosxr');
  const routers = { ...topology.routers, 'r3-iosxr': { ...router, underlay: { protocol: 'bgp' as const, name } } };
  const { files } = renderDevices('topologies/dci.yaml', { ...topology, routers });
  return files.find(({ path }) => path.endsWith('/r3-iosxr.iosxr.conf'))?.text ?? '';
}

it.each(['UNDERLAY', 'CORE', 'meshrs-like'])('the group %s keeps the policy that it has', (name) => {
  const text = fileOf(name);
  const statements = text.split('\n').filter((line) => !line.startsWith('!'));
  expect(statements.filter((line) => line.includes(name))).toEqual([]);
  expect(statements.filter((line) => / (in|out)$/.test(line))).toEqual([
    '   route-policy meshrs-dci-in-b in',
    '   route-policy meshrs-dci-nothing out',
  ]);
  expect(text).toMatch(
    new RegExp(`^! +The policy out of the neighbor-group ${name} begins with "apply meshrs-dci-underlay"`, 'm'),
  );
});

function underlayPolicy(): string[] {
  const [, policy = ''] = /^route-policy meshrs-dci-underlay\n([^]*?)^end-policy$/m.exec(fileOf('UNDERLAY')) ?? [];
  return policy.trim().split(/\n */);
}

it('the policy that it applies drops the anycast address before it passes anything, and passes nothing but VIPs', () => {
  expect(underlayPolicy()).toEqual([
    'if destination in (192.168.255.0/32) then',
    'drop',
    'endif',
    'if destination in meshrs-dci-vips-b then',
    'pass',
    'done',
    'endif',
  ]);
});

it('says that its policy decides for good', () => {
  expect(fileOf('UNDERLAY')).toMatch(
    /^! .* what stands behind it in your policy acts on other routes alone, and drops/m,
  );
});

/** What a policy of somebody's may have behind the "apply". */
describe.each([
  ['all else is dropped', ['drop']],
  ['host routes are dropped', ['if destination in (0.0.0.0/0 eq 32) then', 'drop', 'endif', 'pass']],
  ['what is not of the fabric is dropped', ['if destination in (10.0.0.0/8 le 32) then', 'pass', 'endif', 'drop']],
  ['nothing is dropped', ['pass']],
  ['nothing stands there', []],
])('where behind the "apply" %s', (_, behind) => {
  const policy = [...underlayPolicy(), ...behind];

  it('VIPs go out, and the anycast address stays', () => {
    expect(passes(policy, '192.168.255.2/32')).toBe(true);
    expect(passes(policy, '192.168.255.0/32')).toBe(false);
  });
});

it('it is the same where the policy is a condition', () => {
  // "Behavior of pass/drop/done RPL Statements for Hierarchical Policy Conditions": a "done" without a "pass" before it is a no.
  const lines = underlayPolicy();
  expect(lines[lines.indexOf('done') - 1]).toBe('pass');
});

/** "Behavior of pass/drop/done RPL Statements for Simple Hierarchical Policies": an applied policy stands as if written out. */
function passes(policy: readonly string[], route: string): boolean {
  let isPassed = false;
  let isSkipped = false;
  for (const line of policy) {
    const [, condition] = /^if destination in (.+) then$/.exec(line) ?? [];
    if (condition !== undefined) isSkipped = !holds(condition, route);
    else if (line === 'endif') isSkipped = false;
    else if (isSkipped) continue;
    else if (line === 'pass') isPassed = true;
    else if (line === 'done') return true;
    else if (line === 'drop') return false;
    else throw new Error(`What is "${line}"?`);
  }
  return isPassed;
}

/** A host route of the tests: those of the set of VIPs, one by its address, or all of the length. */
function holds(condition: string, route: string): boolean {
  if (condition === '(0.0.0.0/0 eq 32)') return true;
  if (condition === '(10.0.0.0/8 le 32)') return route.startsWith('10.');
  return condition === `(${route})` || (condition === 'meshrs-dci-vips-b' && route === '192.168.255.2/32');
}

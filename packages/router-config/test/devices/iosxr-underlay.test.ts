import { expect, it } from 'vitest';
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

it('the policy that it applies drops the anycast address before it passes anything, and passes nothing but VIPs', () => {
  const [, policy = ''] = /^route-policy meshrs-dci-underlay\n([^]*?)^end-policy$/m.exec(fileOf('UNDERLAY')) ?? [];
  expect(policy.trim().split(/\n */)).toEqual([
    'if destination in (192.168.255.0/32) then',
    'drop',
    'endif',
    'if destination in meshrs-dci-vips-b then',
    'pass',
    'endif',
  ]);
});

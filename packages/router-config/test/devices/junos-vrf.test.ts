import { describe, expect, it } from 'vitest';
import { devicesOf } from '../../src/devices/devices-of.ts';
import { deviceSystems, renderDevices } from '../../src/devices/index.ts';
import { readCase } from './read-case.ts';

/** Files of Junos with a VRF: with one target and with several, each way. */
const files = ['vrf', 'low-anycast'].flatMap((name) =>
  renderDevices('topologies/dci.yaml', readCase(name)).files.filter(({ text }) => text.includes('instance-type vrf;')),
);

const vrf = {
  name: 'DCI',
  routeDistinguisher: '192.168.1.3:100',
  importTargets: ['65000:100'],
  exportTargets: ['65000:100'],
  leaksVips: true,
  loopback: undefined,
};

describe.each(files.map(({ path, text }) => [path, text]))('the VRF in %s', (_, text) => {
  it('leaves a route the communities that it came with', () => {
    expect(text).toContain('community add meshrs-dci-vrf-export-1;');
    expect(text).not.toContain('community set');
  });

  it('decides in the first policy of vrf-export of the anycast address and the VIPs alone: one of others may stand behind', () => {
    const terms = policy(text, 'meshrs-dci-vrf-export')
      .split(/^ +term /m)
      .slice(1);
    expect(terms.map((term) => term.split(' ', 1)[0])).toEqual(['anycast', 'vips']);
    for (const term of terms) expect(term).toMatch(/^ +(route-filter \S+\/32 exact|prefix-list \S+);$/m);
    expect(text).toContain('vrf-export [ meshrs-dci-vrf-export meshrs-dci-vrf-export-rest ];');
    expect(policy(text, 'meshrs-dci-vrf-export-rest')).toMatch(/term rest \{\s+then reject;/);
  });

  it('says where the policies of a VRF that is there already stand', () => {
    expect(text).toMatch(/^# +If it has a vrf-export of its own, .* vrf-export meshrs-dci-vrf-export before OTHER/m);
    expect(text).toMatch(/^# +If it has a vrf-target, /m);
  });
});

/** A router with two nodes, which announce one VIP, and with one. */
const routers = devicesOf('dci', readCase('vlan-and-two-roles')).flatMap(({ attached, ...device }) => {
  const [side, ...others] = attached?.sides ?? [];
  if (device.name !== 'r1-junos' || !attached || !side) return [];
  return [side, { ...side, nodes: side.nodes.slice(0, 1) }].map((each) => ({
    ...device,
    attached: {
      ...attached,
      vrf,
      sides: [each, ...others.map((other) => ({ ...other, nodes: other.nodes.slice(0, 1) }))],
    },
  }));
});

it('multipath of the VRF, which acts on all of its routes, is named by the head and by what stays where a file has it', () => {
  const seen = routers.map((device) => {
    const system = deviceSystems.junos ?? expect.unreachable();
    const has = /^ {8}routing-options \{\n {12}multipath;/m.test(system.render(device));
    const told = system.assumes(device).filter((line) => line.includes('"routing-options multipath" of the VRF DCI'));
    const left = system.stays(device).filter((line) => line.includes('"routing-options multipath" of the VRF DCI'));
    expect(told.map((line) => line.includes('acts on all routes there'))).toEqual(has ? [true] : []);
    expect(left.map((line) => line.endsWith('also: delete routing-instances DCI routing-options multipath'))).toEqual(
      has ? [true] : [],
    );
    expect(system.takeBack(device).filter((line) => line.includes('routing-options multipath'))).toEqual([]);
    return has;
  });
  expect(seen).toEqual([true, false]);
});

function policy(text: string, name: string): string {
  const [, after = ''] = text.split(`    policy-statement ${name} {\n`);
  return after.split(/^ {4}\}$/m, 1)[0] ?? '';
}

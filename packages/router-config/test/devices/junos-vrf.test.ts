import { describe, expect, it } from 'vitest';
import { renderDevices } from '../../src/devices/index.ts';
import { readCase } from './read-case.ts';

/** Files of Junos with a VRF: with one target and with several, each way. */
const files = ['vrf', 'low-anycast'].flatMap((name) =>
  renderDevices('topologies/dci.yaml', readCase(name)).files.filter(({ text }) => text.includes('instance-type vrf;')),
);

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

function policy(text: string, name: string): string {
  const [, after = ''] = text.split(`    policy-statement ${name} {\n`);
  return after.split(/^ {4}\}$/m, 1)[0] ?? '';
}

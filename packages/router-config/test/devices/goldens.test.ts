import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systems } from '@meshrs/topology';
import { describe, expect, it } from 'vitest';
import { deviceSystems, renderDevices } from '../../src/devices/index.ts';
import { cases, casesFolder, readCase } from './read-case.ts';

const source = 'topologies/dci.yaml';

/* `UPDATE_GOLDENS=1 vitest run packages/router-config` writes the files anew; read the diff line by line. */
describe.each(cases)('routers and clients of %s', (name) => {
  const { files } = renderDevices(source, readCase(name));
  const expected = join(casesFolder, name, 'expected');

  it.each(files.map(({ path, text }) => [basename(path), text]))('%s', async (file, text) => {
    await expect(text).toMatchFileSnapshot(join(expected, file));
  });

  it('there is no file beside them', () => {
    expect(readdirSync(expected).sort()).toEqual(files.map(({ path }) => basename(path)).sort());
  });
});

it('each system that has files is a router and a client in some case, in the main table and, but for FRR, in a VRF', () => {
  const shown = cases.flatMap((name) =>
    readdirSync(join(casesFolder, name, 'expected')).map((file) => `${name} ${file.split('.')[1] ?? ''}`),
  );
  const made = systems.filter((system) => deviceSystems[system]);
  for (const system of made) {
    expect(shown).toContain(`fabric ${system}`);
    expect(shown).toContain(`vlan-and-two-roles ${system}`);
    if (system !== 'frr') expect(shown).toContain(`vrf ${system}`);
  }
});

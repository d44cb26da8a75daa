import { createScratch } from '@meshrs/test-kit/scratch';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readFleetFile } from './read-fleet-file.ts';
import { readOtherSettings, readSettingsFile } from './read-settings-file.ts';

const scratch = createScratch();
afterAll(() => {
  scratch.remove();
});

const settings = (asn: string) =>
  `asn: '${asn}'\nmode: evpnrs\nengine: frr\nbgpgroups:\n  - name: CLIENTS\n    type: subtractive\n    prefixes: ['192.168.0.0/16']\n`;

it('settings that are known are not read again; others are, right or wrong', async () => {
  const file = join(scratch.folder, 'meshrr.conf.yml');
  writeFileSync(file, settings('65000'));
  const { revision } = await readSettingsFile(file);
  expect(await readOtherSettings(file, revision)).toBeUndefined();
  expect(await readOtherSettings(file, undefined)).toMatchObject({ ok: true, revision });
  // The same settings in other words are another file.
  writeFileSync(file, `# \n${settings('65000')}`);
  expect(await readOtherSettings(file, revision)).toMatchObject({ ok: true });
  writeFileSync(file, 'asn: no\n');
  const wrong = await readOtherSettings(file, revision);
  expect(wrong).toMatchObject({ ok: false });
  expect(await readOtherSettings(file, wrong?.revision)).toBeUndefined();
});

it("the fleet's file gives the same reading while it is the same, and another one once it is not", async () => {
  const paths = { fleetFolder: join(scratch.folder, 'fleet'), fleet: join(scratch.folder, 'fleet/fleet.yml') };
  const before = await readFleetFile(paths);
  expect(before.kind).toBe('not-mounted');
  mkdirSync(paths.fleetFolder);
  writeFileSync(paths.fleet, "routerIds: {rs-a-0: '192.0.2.1'}\n");
  const first = await readFleetFile(paths, before);
  expect(first.kind).toBe('read');
  expect(await readFleetFile(paths, first)).toBe(first);
  writeFileSync(paths.fleet, "routerIds: {rs-a-0: '192.0.2.2'}\n");
  const second = await readFleetFile(paths, first);
  expect(second).toMatchObject({ kind: 'read', fleet: { routerIds: { 'rs-a-0': '192.0.2.2' } } });
  writeFileSync(paths.fleet, 'routerIds: 7\n');
  const wrong = await readFleetFile(paths, second);
  expect(wrong.kind).toBe('failed');
  expect(await readFleetFile(paths, wrong)).toEqual(wrong);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderSpeaker } from '@meshrs/router-config/frr/speaker';
import { dciInstances } from './dci.test-data.ts';

const folder = join(import.meta.dirname, 'expected');
const instances = dciInstances('/observations');

/** `UPDATE_GOLDENS=1 vitest run packages/lab/test/frr` writes the files anew; read the diff line by line. */
it.each(instances.map((one) => [one.name, renderSpeaker(one.config)]))(
  '%s is told what the file says',
  async (name, config) => {
    await expect(config).toMatchFileSnapshot(join(folder, `${name}.conf`));
  },
);

it('no file is left of an instance that is gone', () => {
  expect(readdirSync(folder).sort()).toEqual(instances.map(({ name }) => `${name}.conf`).sort());
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readContainerfile } from '../image/containerfile.ts';
import { snapshotInImage } from '../image/startup-snapshot.ts';

const text = readFileSync(path.join(import.meta.dirname, '../Containerfile'), 'utf8');

it("reads the agent's own Containerfile", () => {
  const config = readContainerfile(text, { VERSION: '1.2.3', REVISION: 'abc' });
  expect(config).toMatchObject({ user: '100:101', workingDir: '/', stopSignal: 'SIGTERM' });
  expect(config.entrypoint.at(-1)).toBe('/usr/local/bin/mesh-agent');
  expect(config.labels['org.opencontainers.image.version']).toBe('1.2.3');
  expect(config.entrypoint).toContain(`--snapshot-blob=${snapshotInImage}`);
  expect(config.env).toContain('MALLOC_ARENA_MAX=1');
});

it('refuses an instruction that it would leave out', () => {
  expect(() => readContainerfile('FROM x\nHEALTHCHECK CMD true\n', {})).toThrow('HEALTHCHECK');
});

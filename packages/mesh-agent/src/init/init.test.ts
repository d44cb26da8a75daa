import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseAddress } from '@meshrs/network';
import type { RouteServerIntent } from '@meshrs/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { createPodFolder, type PodFolder } from '../../test/pod-folder.ts';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import { identifyPod } from '../settings/pod-identity.ts';
import { readSettingsFile } from '../settings/read-settings-file.ts';
import { initialise } from './init.ts';

let pod: PodFolder | undefined;
afterEach(async () => {
  await pod?.remove();
});

const listNeighbors = ({ routerId, meshGroups }: RouteServerIntent) =>
  `${routerId}: ${meshGroups[0]?.neighbors.join(' ') ?? ''}\n`;

async function initialiseWith(text: string, render = listNeighbors) {
  pod = await createPodFolder(text);
  const { paths } = pod;
  await writeFile(paths.frrConfig, 'what the pod had before\n');
  await writeFile(paths.drainRequest, '');
  await writeFile(paths.drainDone, '');
  const reading = await readSettingsFile(paths.settings);
  if (!reading.ok) throw new Error(JSON.stringify(reading.issues));
  const self = parseAddress('203.0.113.1');
  const run = () =>
    initialise({
      paths,
      inForce: { ...reading, identity: identifyPod(reading.settings, 'rs-a-0') },
      own: self ? [self] : [],
      render,
    });
  return { paths, run };
}

describe('initialise', () => {
  it('writes the configuration with the peers that the settings list, and forgets a drain of an earlier life', async () => {
    const { paths, run } = await initialiseWith(settingsText({ source: staticSource('203.0.113.1', '203.0.113.2') }));
    await run();
    expect(await readFile(paths.frrConfig, 'utf8')).toBe('192.0.2.101: 203.0.113.2\n');
    expect(existsSync(paths.drainRequest) || existsSync(paths.drainDone)).toBe(false);
  });

  it('leaves everything as it is when the configuration cannot be rendered', async () => {
    const { paths, run } = await initialiseWith(settingsText({ source: staticSource('203.0.113.2') }), () => {
      throw new Error('not this engine');
    });
    await expect(run()).rejects.toThrow('not this engine');
    expect(await readFile(paths.frrConfig, 'utf8')).toBe('what the pod had before\n');
    expect(existsSync(paths.drainRequest)).toBe(true);
  });
});

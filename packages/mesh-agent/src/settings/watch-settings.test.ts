import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import type { Log } from '../log/log.ts';
import { identifyPod } from './pod-identity.ts';
import { readSettingsFile } from './read-settings-file.ts';
import { createSettingsKeeper, type SettingsKeeper } from './settings-in-force.ts';
import { watchSettings } from './watch-settings.ts';

const scratch = createScratch();
afterAll(() => {
  scratch.remove();
});

const good = settingsText({ source: staticSource('203.0.113.7') });
const bad = 'nonsense: [';
let file = '';
let stop = new AbortController();
let keeper: SettingsKeeper;
let events: string[] = [];
let number = 0;

beforeEach(async () => {
  number += 1;
  const settingsFolder = join(scratch.folder, String(number));
  mkdirSync(settingsFolder);
  file = join(settingsFolder, 'meshrr.conf.yml');
  writeFileSync(file, good);
  const reading = await readSettingsFile(file);
  if (!reading.ok) return expect.unreachable('the settings of this test are right');
  events = [];
  stop = new AbortController();
  const note = (event: string) => {
    events.push(event);
  };
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const { settings, revision } = reading;
  keeper = createSettingsKeeper({
    start: { settings, revision, identity: identifyPod(settings, 'rs-a-0') },
    ...{ file, log, now: () => 1, onTaken: () => undefined, onRead: () => undefined },
  });
  watchSettings(
    { settingsFolder, settings: file },
    { known: revision, pollMs: 20, signal: stop.signal },
    { onReading: keeper.take, onFailure: keeper.keep, onReadable: keeper.keepReadable },
  );
});
afterEach(() => {
  stop.abort();
});

/** What is told of the file, in the end. */
async function becomes(told: { readonly failure: boolean; readonly refused: boolean }): Promise<void> {
  const seen = () => ({
    failure: keeper.state().failure !== undefined,
    refused: keeper.state().refused !== undefined,
  });
  const isSo = (now: ReturnType<typeof seen>) => now.failure === told.failure && now.refused === told.refused;
  await waitFor(`the file is told as ${JSON.stringify(told)}`, () => Promise.resolve(seen()), isSo);
}

const away = () => {
  renameSync(file, `${file}.away`);
};
const back = () => {
  renameSync(`${file}.away`, file);
};

describe('a settings file that cannot be read for a moment', () => {
  it.each([
    ['is not there', away, back],
    [
      'is a folder',
      () => {
        away();
        mkdirSync(file);
      },
      () => {
        rmSync(file, { recursive: true });
        back();
      },
    ],
  ])('and is the same again: where it %s nothing of that stays', async (_, fail, repair) => {
    fail();
    await becomes({ failure: true, refused: false });
    repair();
    await becomes({ failure: false, refused: false });
    expect(events).toEqual(['settings-not-readable', 'settings-readable']);
    fail();
    await becomes({ failure: true, refused: false });
  });

  it('and was refused before, is refused all the time', async () => {
    writeFileSync(file, bad);
    await becomes({ failure: false, refused: true });
    const { refused } = keeper.state();
    away();
    await becomes({ failure: true, refused: true });
    back();
    await becomes({ failure: false, refused: true });
    expect(keeper.state().refused).toEqual(refused);
  });

  it('and is another one after that, is told by what it is', async () => {
    writeFileSync(file, bad);
    await becomes({ failure: false, refused: true });
    away();
    await becomes({ failure: true, refused: true });
    writeFileSync(file, good);
    await becomes({ failure: false, refused: false });
    away();
    await becomes({ failure: true, refused: false });
    writeFileSync(file, bad);
    await becomes({ failure: false, refused: true });
  });
});

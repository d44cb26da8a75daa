import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { eventually } from '@meshrs/test-kit/wait';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryEngine } from '../../test/memory-engine.ts';
import { createPodFolder, type PodFolder } from '../../test/pod-folder.ts';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import { get, peersOf, startTestSidecar, type TestSidecar } from '../../test/start-sidecar.ts';
import { readStartSettings } from './kept-settings.ts';

const right = settingsText({ source: staticSource('203.0.113.1') });
/** Wrong key by key, across keys, and no YAML at all. */
const wrong: readonly (readonly [string, string])[] = [
  ['a key that is none', right.replace('mode: evpnrs', 'mode: evpn')],
  ['a group twice', right.replace('name: MESHRR-CLIENTS', 'name: MESHRR-CORE')],
  ['a loopback address as a peer', settingsText({ source: staticSource('203.0.113.1', '127.0.0.1') })],
  ['half a file', right.slice(0, 100)],
  ['nothing', ''],
  ['no router-id for this pod', right.replace('rs-a-0', 'rs-z-0')],
];

let pod: PodFolder;
beforeEach(async () => {
  pod = await createPodFolder(right);
});
afterEach(() => pod.remove());

const keptBy = ({ pod: { paths } }: TestSidecar) =>
  eventually(
    () => readFile(paths.keptSettings, 'utf8').catch(() => ''),
    (text) => text !== '',
  );

const readStart = (mayUseKept = true) => readStartSettings(pod.paths, 'rs-a-0', { mayUseKept });

describe('the settings to start with', () => {
  it('are those of the file, whatever was kept', async () => {
    await writeFile(pod.paths.keptSettings, settingsText({ source: staticSource('203.0.113.9') }));
    expect(await readStart()).toMatchObject({ ok: true, start: { text: right, identity: { name: 'rs-a-0' } } });
  });

  it.each(wrong)('are the kept ones where the file has %s', async (_, text) => {
    await writeFile(pod.paths.keptSettings, right);
    await pod.writeSettings(text);
    expect(await readStart()).toMatchObject({ ok: true, start: { text: right } });
    expect(await readStart(false)).toMatchObject({ ok: false });
  });

  it.each(wrong)('are none, with all issues, where the file has %s and nothing right was kept', async (_, text) => {
    await pod.writeSettings(text);
    const first = await readStart();
    expect(first.ok ? [] : first.issues).not.toEqual([]);
    await writeFile(pod.paths.keptSettings, text);
    expect(await readStart()).toEqual(first);
  });

  it('are the kept ones where the file is gone, or names this pod no more', async () => {
    await writeFile(pod.paths.keptSettings, right);
    await pod.writeSettings(right.replace('rs-a-0', 'rs-z-0'));
    expect(await readStart()).toMatchObject({ ok: true, start: { text: right } });
    expect(await readStart(false)).toMatchObject({ ok: false, issues: [{ code: 'router-id-missing', line: 5 }] });
    await rm(pod.paths.settings);
    expect(await readStart()).toMatchObject({ ok: true, start: { text: right } });
    await rm(pod.paths.keptSettings);
    await expect(readStart()).rejects.toMatchObject({ code: 'file-not-readable' });
  });
});

describe('an agent that comes back to a file that is wrong', () => {
  it('goes on with what was in force, and says that the file is refused', async () => {
    const first = await startTestSidecar({ settings: right, engine: createMemoryEngine() });
    const kept = await keptBy(first);
    expect((await stat(first.pod.paths.keptSettings)).mode & 0o777).toBe(0o600);
    await first.remove();

    const engine = createMemoryEngine();
    const again = await startTestSidecar({
      settings: right.replace('name: MESHRR-CLIENTS', 'name: MESHRR-CORE'),
      engine,
      prepare: ({ paths }) => writeFile(paths.keptSettings, kept),
    });
    const { settings } = await eventually(
      () => again.sidecar.status(),
      (status) => status.settings.refused !== undefined,
    );
    expect(settings.refused?.issues).toMatchObject([{ code: 'duplicate-name', path: ['bgpgroups', 1, 'name'] }]);
    expect(peersOf(engine)).toEqual(['203.0.113.1']);
    expect(again.events()).toContain('settings-refused');
    await metricBecomes(again.address, /^meshrs_settings_refused 1$/m);
    await again.remove();
  });
});

describe('a file that becomes wrong', () => {
  it.each(wrong)('with %s changes nothing, and is told in /status, metrics and log', async (_, text) => {
    const engine = createMemoryEngine();
    const agent = await startTestSidecar({ settings: right, engine });
    await eventually(
      () => peersOf(engine),
      (peers) => peers.length === 1,
    );
    const applied = engine.applied.length;
    await agent.pod.writeSettings(text);
    const { settings } = await eventually(
      () => agent.sidecar.status(),
      (status) => status.settings.refused !== undefined,
    );
    expect(settings.refused?.issues.length).toBeGreaterThan(0);
    expect(engine.applied.length).toBe(applied);
    await metricBecomes(agent.address, /^meshrs_settings_refused 1$/m);
    expect(agent.lines().filter(({ event }) => event === 'settings-refused')).toHaveLength(1);
    expect(await keptBy(agent)).toBe(right);
    await agent.pod.writeSettings(right.replace('203.0.113.1', '203.0.113.2'));
    await eventually(
      () => peersOf(engine),
      ([peer]) => peer === '203.0.113.2',
    );
    await metricBecomes(agent.address, /^meshrs_settings_refused 0$/m);
    await agent.remove();
  });
});

/** /metrics is made once a second at the most: what it says may be that old. */
function metricBecomes(at: string, line: RegExp): Promise<unknown> {
  return eventually(
    () => get(at, '/metrics'),
    ({ body }) => line.test(body),
  );
}

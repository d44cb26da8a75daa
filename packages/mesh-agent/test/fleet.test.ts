import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '@meshrs/test-kit/wait';
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts';
import type { PodFolder } from './pod-folder.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, startTestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The settings of a side name its own route server alone. */
const ofOneSide = settingsText({ source: staticSource('192.0.2.1') }).replace(/ {2}rs-[bc]-0: .*\n/g, '');
const ofAll = settingsText({ source: staticSource('192.0.2.1') });
const own = '192.0.2.101';
const fleetOf = (...ids: readonly string[]) =>
  `routerIds:\n${ids.map((id, index) => `  rs-${String(index)}: ${id}\n`).join('')}`;

const wrongIds = 'routerIds:\n  rs-b-0: 192.0.2.256\n  rs-b-1: none\n  rs-b-2: 7\n';

async function start(settings: string, prepare?: (pod: PodFolder) => Promise<void>) {
  const engine = createMemoryEngine();
  const started = await startTestSidecar({ settings, engine, ...(prepare && { prepare }) });
  cleanups.push(started.remove);
  return { ...started, engine };
}

/** The router-ids that the guard lets a mesh session have, as it was last told; none: any. */
async function allowed(engine: MemoryEngine, expected: readonly string[]) {
  const last = () => engine.calls.filter((call) => call.startsWith('guard')).at(-1);
  expect(await eventually(last, (call) => call === `guard ${expected.join(' ')}`)).toBeDefined();
}

describe('the router-ids that a mesh session may have', () => {
  it('are those of the fleet, not only of the own side', async () => {
    const { engine, sidecar } = await start(ofOneSide, (pod) => pod.writeFleet(fleetOf(own, '192.0.2.102')));
    await allowed(engine, [own, '192.0.2.102']);
    expect((await sidecar.status()).fleet).toEqual({ revision: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  });

  it('are those of the settings where nobody mounts a fleet.yml, as in upstream’s pods', async () => {
    const { engine, sidecar, events } = await start(ofAll);
    await allowed(engine, [own, '192.0.2.102', '192.0.2.103']);
    expect((await sidecar.status()).fleet).toBeUndefined();
    expect(events().filter((event) => event.startsWith('fleet'))).toEqual([]);
  });

  it('grow while the agent runs: a route server is known before its side changes', async () => {
    const { engine, pod, sidecar } = await start(ofOneSide, (folder) => folder.writeFleet(fleetOf(own)));
    await allowed(engine, [own]);
    const before = (await sidecar.status()).fleet?.revision;
    await pod.writeFleet(fleetOf(own, '192.0.2.109'));
    await allowed(engine, [own, '192.0.2.109']);
    expect((await sidecar.status()).fleet?.revision).not.toBe(before);
  });

  it('are any where a fleet.yml is expected and lacks: the settings of one side do not tell who the others are', async () => {
    const { engine, pod, sidecar, events } = await start(ofOneSide, (folder) => folder.writeFleet(undefined));
    await allowed(engine, []);
    expect((await sidecar.status()).fleet).toMatchObject({ failure: { code: 'file-not-readable' } });
    expect(events().filter((event) => event.startsWith('fleet'))).toEqual(['fleet-unknown']);
    await pod.writeFleet(fleetOf(own, '192.0.2.102'));
    await allowed(engine, [own, '192.0.2.102']);
    expect((await sidecar.status()).fleet?.failure).toBeUndefined();
  });

  it.each([
    ['goes', undefined, 'file-not-readable', ['cannot be read (ENOENT)']],
    ['is empty', '', 'fleet-refused', ['1:1 at (file): The file is empty.']],
    ['has router-ids that are none', wrongIds, 'fleet-refused', ['2:11 at routerIds.rs-b-0', '3:11 at', '4:11 at']],
    ['is no YAML', 'routerIds: [', 'fleet-refused', ['is wrong: 1:13 at (file): ']],
    [
      'has one router-id twice',
      fleetOf(own, '192.0.2.102', own),
      'fleet-refused',
      [`4:9 at routerIds.rs-2: The router-id ${own} is used by both rs-0 (routerIds.rs-0) and rs-2.`],
    ],
    ['has nobody in it', 'routerIds: {}\n', 'fleet-refused', ['1:12 at routerIds: There is no router-id']],
    [
      'is longer than a ConfigMap',
      `# ${'x'.repeat(1024 * 1024)}\n${fleetOf(own)}`,
      'file-not-readable',
      ['at most 1048576'],
    ],
    ['has a list of names', 'routerIds: [rs-a-0]\n', 'fleet-refused', ['1:12 at routerIds: Expected a mapping']],
  ])('stay as they are when the file %s, and the agent says so once', async (_, text, code, words) => {
    const { address, engine, pod, sidecar, events } = await start(ofOneSide, (folder) =>
      folder.writeFleet(fleetOf(own, '192.0.2.102')),
    );
    const revision = (await sidecar.status()).fleet?.revision;
    await pod.writeFleet(text);
    await eventually(events, (seen) => seen.includes('fleet-not-readable'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(events().filter((event) => event.startsWith('fleet'))).toEqual(['fleet-read', 'fleet-not-readable']);
    const { fleet } = await sidecar.status();
    expect(fleet).toMatchObject({ revision, failure: { code } });
    for (const each of words) expect(fleet?.failure?.message).toContain(each);
    expect(fleet?.failure?.message.split(pod.paths.fleet)).toHaveLength(2);
    expect((await get(address, '/metrics')).body).toContain('meshrs_fleet_refused 1');
    await allowed(engine, [own, '192.0.2.102']);
  });

  it('are read from a file that has more keys than this agent knows: a newer one is told first, too', async () => {
    const { engine } = await start(ofOneSide, (folder) =>
      folder.writeFleet(`${fleetOf(own, '192.0.2.102')}clusters: {b: [10.0.0.0/8]}\n`),
    );
    await allowed(engine, [own, '192.0.2.102']);
  });

  it('keep one that left the list: its route server changes later, in its own side’s turn', async () => {
    const { engine, pod } = await start(ofOneSide, (folder) => folder.writeFleet(fleetOf(own, '192.0.2.102')));
    await allowed(engine, [own, '192.0.2.102']);
    await pod.writeFleet(fleetOf(own, '192.0.2.103'));
    await allowed(engine, [own, '192.0.2.103', '192.0.2.102']);
  });
});

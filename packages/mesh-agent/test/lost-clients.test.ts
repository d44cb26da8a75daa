import { drainRequestText } from '@meshrs/contract';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '@meshrs/test-kit/wait';
import { machineClock, type Clock } from '../src/async/clock.ts';
import { undrainAndWait } from '../src/cli/undrain-command.ts';
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts';
import { createPodFolder, type PodFolder } from './pod-folder.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, ip, startTestSidecar, type TestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const [x, y] = [ip('198.51.100.1'), ip('198.51.100.2')];
const lostHoldMs = 150;
const limitMs = 600_000;

/** A clock that a test puts forward. */
function movableClock(): Clock & { forward: (ms: number) => void } {
  let aheadMs = 0;
  return {
    ...machineClock,
    monotonicMs: () => machineClock.monotonicMs() + aheadMs,
    forward: (ms) => {
      aheadMs += ms;
    },
  };
}

interface World {
  readonly engine: MemoryEngine;
  readonly clock: ReturnType<typeof movableClock>;
  readonly pod: PodFolder;
  readonly start: () => Promise<TestSidecar>;
}

const settingsOf = (peers: readonly string[], readiness?: string) =>
  settingsText({
    source: staticSource(...peers),
    ...(readiness === undefined ? { waitsForClients: true } : { readiness }),
  });

async function makeWorld(peers: readonly string[], readiness?: string): Promise<World> {
  const settings = settingsOf(peers, readiness);
  const [engine, clock, pod] = [createMemoryEngine(), movableClock(), await createPodFolder(settings)];
  cleanups.push(() => pod.remove());
  return {
    engine,
    clock,
    pod,
    start: async () => {
      const started = await startTestSidecar({
        pod,
        engine,
        settings,
        clock,
        timing: { clientsMs: 20, pollMs: 20, lostHoldMs },
      });
      cleanups.push(() => started.sidecar.stop());
      return started;
    },
  };
}

/** The other side's route server, which has both clients. */
async function startOther(clients: readonly (typeof x)[] = [x, y]) {
  const world = await makeWorld(['192.0.2.9'], '{waitsForClients: false}');
  for (const each of clients) world.engine.setClient(each, { uptimeSeconds: 9999 });
  const sidecar = await world.start();
  await becomesReady(sidecar);
  return { ...world, sidecar };
}

/** Both sides' route servers, ready, with both clients. */
async function startBoth(readiness?: string, more: readonly string[] = []) {
  const other = await startOther();
  const world = await makeWorld([other.sidecar.address, ...more], readiness);
  for (const each of [x, y]) world.engine.setClient(each, { uptimeSeconds: 0 });
  const own = await world.start();
  await becomesReady(own);
  // What it has is remembered with its first look.
  if (readiness === undefined)
    await eventually(
      () => hadOf(world.pod),
      ({ length }) => length === 2,
    );
  return { ...world, own, other };
}

/** Its answers are the same for a second. */
async function loses({ engine, sidecar }: Awaited<ReturnType<typeof startOther>>, client: typeof x): Promise<void> {
  engine.removeClient(client);
  // What it answers is the same for a second.
  await eventually(
    () => get(sidecar.address, '/status'),
    ({ body }) => !body.includes(client),
  );
  // As one that is down.
  await eventually(
    () => get(sidecar.address, '/clients'),
    ({ body }) => body.includes(`\n${client} d`),
  );
}

function hadOf({ paths }: PodFolder): readonly string[] {
  const record = JSON.parse(readFileSync(paths.agentState, 'utf8')) as { clients?: { had: string[] } };
  return record.clients?.had ?? [];
}

const readyz = ({ address }: TestSidecar) => get(address, '/readyz');
const becomesReady = (sidecar: TestSidecar) =>
  eventually(
    () => readyz(sidecar),
    ({ status }) => status === 200,
  );
const becomesUnready = (sidecar: TestSidecar) =>
  eventually(
    () => readyz(sidecar),
    ({ status, body }) => status === 503 && body.includes('clients-lost'),
  );
const phasesBecome = ({ sidecar }: TestSidecar, ...phases: readonly string[]) =>
  eventually(
    async () => (await sidecar.status()).lostClients?.map(({ phase }) => phase),
    (seen) => JSON.stringify(seen) === JSON.stringify(phases),
  );
const staysReady = async (sidecar: TestSidecar, ms = 4 * lostHoldMs) => {
  for (const until = Date.now() + ms; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 10))) {
    expect((await readyz(sidecar)).status).toBe(200);
  }
};

describe('a route server that has lost a client which another side has', () => {
  it('is not ready until it is back, and says so everywhere', async () => {
    const { engine, own } = await startBoth();
    expect((await own.sidecar.status()).lostClients).toEqual([]);
    engine.removeClient(x);
    await becomesUnready(own);
    const { reasons } = JSON.parse((await readyz(own)).body) as { reasons: readonly Record<string, unknown>[] };
    expect(reasons).toMatchObject([{ kind: 'clients-lost', clients: [x] }]);
    expect(reasons[0]?.['message']).toContain('no node of a route server can be drained');
    expect(reasons[0]?.['secondsLeft']).toBeGreaterThan(590);
    const status = await own.sidecar.status();
    expect(status.readiness.reasons).toMatchObject([{ kind: 'clients-lost' }]);
    expect(status.lostClients).toMatchObject([{ address: x, phase: 'unready' }]);
    expect((await get(own.address, '/metrics')).body).toContain('meshrs_lost_clients{phase="unready"} 1');
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(own);
    await phasesBecome(own);
    expect(own.events().filter((event) => event.startsWith('clients-lost'))).toEqual(['clients-lost']);
  });

  it('is not ready when it has lost all of them, because its VIP is withdrawn', async () => {
    const { engine, own, other } = await startBoth();
    for (const each of [x, y]) engine.removeClient(each);
    await becomesUnready(own);
    await phasesBecome(own, 'unready', 'unready');
    // The other side lacks nobody, so the budget keeps that one.
    expect((await readyz(other.sidecar)).status).toBe(200);
    for (const each of [x, y]) engine.setClient(each, { uptimeSeconds: 0 });
    await becomesReady(own);
  });

  it('is ready again when its time is over, and stays so while the client is away', async () => {
    const { engine, clock, own } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    clock.forward(limitMs - 10_000);
    expect((await readyz(own)).status).toBe(503);
    clock.forward(10_000);
    await becomesReady(own);
    await phasesBecome(own, 'over');
    await staysReady(own);
    expect(own.events()).toContain('clients-lost-for-long');
    // Another client, in the time in which it rests; then that one counts.
    engine.removeClient(y);
    await phasesBecome(own, 'over', 'over');
    await staysReady(own);
    clock.forward(limitMs / 2);
    await staysReady(own);
  });

  it('takes no notice of a session that is reset and comes back', async () => {
    const { engine, own } = await startBoth();
    for (let round = 0; round < 3; round += 1) {
      engine.removeClient(x);
      await phasesBecome(own, 'moment-ago');
      engine.setClient(x, { uptimeSeconds: 0 });
      await phasesBecome(own);
    }
    expect(own.events()).not.toContain('clients-lost');
    expect((await readyz(own)).status).toBe(200);
  });

  it('waits for the routes of the client, too', async () => {
    const { engine, own } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    engine.setClient(x, { uptimeSeconds: 0, receivedPrefixes: 0, endOfRib: { received: false, sent: true } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await readyz(own)).status).toBe(503);
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(own);
  });

  it('says that it is drained, and no more; who is not back after a drain that was taken back is lost', async () => {
    const { engine, pod, own } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    writeFileSync(pod.paths.drainRequest, drainRequestText({ cause: 'pre-stop', by: 'alice' }));
    const kinds = async () => {
      const { reasons } = JSON.parse((await readyz(own)).body) as { reasons: readonly { kind: string }[] };
      return reasons.map(({ kind }) => kind).join();
    };
    await eventually(kinds, (seen) => seen === 'drained');
    engine.removeClient(y);
    expect(await undrainAndWait(pod.paths, { out: () => undefined })).toBe(0);
    await eventually(
      () => readyz(own),
      ({ body }) => body.includes(x) && body.includes(y),
    );
    for (const each of [x, y]) engine.setClient(each, { uptimeSeconds: 0 });
    await becomesReady(own);
  });

  it('is ready though a client comes back to the other side first, where it soon comes here, too', async () => {
    const { engine, own, other } = await startBoth();
    await loses(other, x);
    engine.removeClient(x);
    await staysReady(own);
    other.engine.setClient(x, { uptimeSeconds: 0 });
    await phasesBecome(own, 'moment-ago');
    engine.setClient(x, { uptimeSeconds: 0 });
    await phasesBecome(own);
    expect(own.events()).not.toContain('clients-lost');
  });

  it.each([
    [
      'evicted here',
      ({ engine }: World) => {
        engine.setClient(x, { kind: 'evicted', state: 'shutdown' });
      },
    ],
    [
      'in a state that nobody knows',
      ({ engine }: World) => {
        engine.setClient(x, { state: 'unknown' });
      },
    ],
  ])('is ready while the client is %s', async (_, change) => {
    const both = await startBoth();
    change(both);
    await staysReady(both.own);
  });
});

/** Clients whose addresses come before those of x and y. */
const manyClients = (count: number) =>
  Array.from({ length: count }, (_, host) => ip(`10.7.${String(host >> 8)}.${String(host & 255)}`));

describe('however many clients others have', () => {
  it.each([990, 1005, 3000])('who is lost is found among %i that the other side alone has', async (count) => {
    const { engine, own, other } = await startBoth();
    for (const each of manyClients(count)) other.engine.setClient(each, { uptimeSeconds: 0 });
    await eventually(
      () => get(other.sidecar.address, '/clients'),
      ({ body }) => body.includes(String(manyClients(count).at(-1))),
    );
    engine.removeClient(x);
    await becomesUnready(own);
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(own);
  });

  it('one that tells of a thousand that nobody has takes back no loss, nor hides one', async () => {
    const liar = await startOther([]);
    const { engine, own } = await startBoth(undefined, [liar.sidecar.address]);
    engine.removeClient(x);
    await becomesUnready(own);
    for (const each of manyClients(1001)) liar.engine.setClient(each, { uptimeSeconds: 0 });
    await eventually(
      () => get(liar.sidecar.address, '/clients'),
      ({ body }) => body.includes(String(manyClients(1001).at(-1))),
    );
    engine.removeClient(y);
    await phasesBecome(own, 'unready', 'unready');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await readyz(own)).status).toBe(503);
  });
});

describe('readiness does not care', () => {
  it('for clients that were never here: a first roll-out, or one that was let through', async () => {
    const other = await startOther();
    const { engine, clock, start } = await makeWorld([other.sidecar.address]);
    engine.setClient(y, { uptimeSeconds: 0 });
    const own = await start();
    await eventually(
      () => readyz(own),
      ({ body }) => body.includes('clients-not-back'),
    );
    clock.forward(150_000);
    await becomesReady(own);
    await staysReady(own);
    expect((await own.sidecar.status()).lostClients).toEqual([]);
    // It came once, and counts from then on.
    engine.setClient(x, { uptimeSeconds: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    engine.removeClient(x);
    await becomesUnready(own);
  });

  it('for clients that nobody has, and for what a side has that cannot be asked', async () => {
    const { engine, own, other } = await startBoth();
    await loses(other, x);
    engine.removeClient(x);
    await staysReady(own);
    await other.sidecar.sidecar.stop();
    // A look that has asked it before it stopped would still find the client there.
    await new Promise((resolve) => setTimeout(resolve, 300));
    engine.removeClient(y);
    await staysReady(own);
    expect((await own.sidecar.status()).lostClients).toEqual([]);
  });

  it('for what another side cannot say: it stays unready because of a client that this one had', async () => {
    const { engine, own, other } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    await other.sidecar.sidecar.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await readyz(own)).status).toBe(503);
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(own);
  });

  it.each([
    ['several stand behind the VIP', '{waitsForClients: false}', undefined],
    ['the key is 0', '{waitsForClients: true, lostClientsSeconds: 0}', undefined],
  ])('where %s, and nothing of it is written', async (_, readiness, lostClients) => {
    const { engine, pod, own } = await startBoth(readiness);
    engine.removeClient(x);
    await staysReady(own);
    expect((await own.sidecar.status()).lostClients).toEqual(lostClients);
    expect(readFileSync(pod.paths.agentState, 'utf8')).not.toContain('clients');
    expect((await get(own.address, '/metrics')).body).toContain('meshrs_lost_clients{phase="unready"} 0');
  });

  it('any more when the engine is another process: it waits for clients anew', async () => {
    const { engine, own, pod } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    engine.kill();
    engine.start({ isRestart: true });
    await eventually(
      () => readyz(own),
      ({ body }) => body.includes('clients-not-back') && !body.includes('clients-lost'),
    );
    expect(hadOf(pod)).toEqual([]);
  });
});

describe('over restarts of the agent', () => {
  it('a route server that is not ready stays so at once, and for no longer than it would have been', async () => {
    const { engine, clock, own, start } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    await own.sidecar.stop();
    clock.forward(limitMs - 20_000);
    const again = await start();
    expect((await readyz(again)).body).toContain('clients-lost');
    await again.sidecar.stop();
    clock.forward(20_000);
    const third = await start();
    await becomesReady(third);
    await staysReady(third);
  });

  it('a client that goes while there is no agent is lost all the same', async () => {
    const { engine, own, start } = await startBoth();
    await own.sidecar.stop();
    engine.removeClient(x);
    const again = await start();
    await becomesUnready(again);
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(again);
  });

  it('a client that comes back while there is no agent is no longer lost', async () => {
    const { engine, own, start } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    await own.sidecar.stop();
    engine.setClient(x, { uptimeSeconds: 0 });
    await becomesReady(await start());
  });

  it('another life of the engine has had nobody', async () => {
    const { engine, own, start } = await startBoth();
    engine.removeClient(x);
    await becomesUnready(own);
    await own.sidecar.stop();
    engine.kill();
    engine.removeClient(y);
    engine.start({ isRestart: true });
    const again = await start();
    await eventually(
      () => readyz(again),
      ({ body }) => body.includes('clients-not-back') && !body.includes('clients-lost'),
    );
  });
});

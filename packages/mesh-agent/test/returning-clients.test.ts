import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '@meshrs/test-kit/wait';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, ip, startTestSidecar, type TestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(engine: MemoryEngine, peers: readonly string[], waitsForClients = true): Promise<TestSidecar> {
  const started = await startTestSidecar({
    settings: settingsText({ source: staticSource(...peers), waitsForClients }),
    engine,
    timing: { clientsMs: 20 },
  });
  cleanups.push(started.remove);
  return started;
}

/** The other side's route server, which is ready and has two clients. */
async function startOther() {
  const engine = createMemoryEngine();
  engine.setClient(ip('198.51.100.1'));
  engine.setClient(ip('198.51.100.2'));
  const other = await start(engine, ['192.0.2.9'], false);
  await becomesReady(other);
  return { ...other, engine };
}

const becomesReady = ({ address }: TestSidecar) =>
  eventually(
    () => get(address, '/readyz'),
    ({ status }) => status === 200,
  );
const reasonsOf = async ({ address }: TestSidecar) =>
  (JSON.parse((await get(address, '/readyz')).body) as { reasons: unknown }).reasons;
const reasonsBecome = (sidecar: TestSidecar, reasons: unknown) =>
  eventually(
    () => reasonsOf(sidecar),
    (seen) => JSON.stringify(seen) === JSON.stringify(reasons),
  );

describe('a route server that waits for clients', () => {
  it('is ready for the first time when the clients of the other one are back, and stays so', async () => {
    const other = await startOther();
    const engine = createMemoryEngine();
    const own = await start(engine, [other.address]);
    await reasonsBecome(own, [{ kind: 'clients-not-back', clients: ['198.51.100.1', '198.51.100.2'], count: 2 }]);
    engine.setClient(ip('198.51.100.1'), { uptimeSeconds: 0 });
    await reasonsBecome(own, [{ kind: 'clients-not-back', clients: ['198.51.100.2'], count: 1 }]);
    engine.setClient(ip('198.51.100.2'), { uptimeSeconds: 0, endOfRib: { received: false, sent: true } });
    await reasonsBecome(own, [{ kind: 'clients-not-back', clients: ['198.51.100.2'], count: 1 }]);
    engine.setClient(ip('198.51.100.2'), { uptimeSeconds: 0 });
    await becomesReady(own);
    engine.removeClient(ip('198.51.100.2'));
    expect((await get(own.address, '/readyz')).status).toBe(200);
    expect(own.lines().filter(({ event }) => event === 'clients-awaited')).toMatchObject([{ count: 2 }]);
  });

  it('waits again when its engine was another process', async () => {
    const other = await startOther();
    const engine = createMemoryEngine();
    const own = await start(engine, [other.address]);
    engine.setClient(ip('198.51.100.1'), { uptimeSeconds: 0 });
    engine.setClient(ip('198.51.100.2'), { uptimeSeconds: 0 });
    await becomesReady(own);
    engine.kill();
    engine.removeClient(ip('198.51.100.1'));
    engine.start({ isRestart: true });
    await reasonsBecome(own, [{ kind: 'clients-not-back', clients: ['198.51.100.1'], count: 1 }]);
  });

  it('does not wait where the settings do not say so', async () => {
    const other = await startOther();
    await becomesReady(await start(createMemoryEngine(), [other.address], false));
  });

  it.each([0, 3600])(
    'does not guess by sessions that have been up for %i s that their engine has converged',
    async (up) => {
      const other = await startOther();
      const engine = createMemoryEngine();
      engine.setClient(ip('198.51.100.1'), { uptimeSeconds: up });
      const own = await start(engine, [other.address]);
      await reasonsBecome(own, [{ kind: 'clients-not-back', clients: ['198.51.100.2'], count: 1 }]);
      engine.setClient(ip('198.51.100.2'), { uptimeSeconds: 0 });
      await becomesReady(own);
    },
  );

  it('is ready beside one that nobody can ask, and beside one whose engine is gone', async () => {
    await becomesReady(await start(createMemoryEngine(), [anyLoopbackAddress()]));
    const other = await startOther();
    other.engine.kill();
    await becomesReady(await start(createMemoryEngine(), [other.address]));
  });
});

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { drainRequestText } from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { afterEach, describe, expect, it } from 'vitest';
import { machineClock, type Clock } from '../src/async/clock.ts';
import { drainAndWait } from '../src/cli/drain-command.ts';
import { undrainAndWait } from '../src/cli/undrain-command.ts';
import { agentPaths } from '../src/paths.ts';
import { startDeafSidecar } from './deaf-sidecar.ts';
import { createMemoryEngine, engineFailure, type MemoryEngine } from './memory-engine.ts';
import { createPodFolder, type PodFolder } from './pod-folder.ts';
import { settingsText, staticSource } from './settings-text.ts';
import { get, ip, startTestSidecar, type TestSidecar } from './start-sidecar.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Options {
  readonly peers?: readonly string[];
  readonly waitsForClients?: boolean;
  readonly drainSeconds?: number;
  readonly clock?: Clock;
}

const settingsOf = ({ peers = ['192.0.2.1'], waitsForClients = false, drainSeconds: seconds = 0 }: Options) =>
  settingsText({
    source: staticSource(...peers),
    waitsForClients,
    drain: { gracefulShutdownSeconds: seconds, ceaseSeconds: seconds },
  });

async function makePod(options: Options = {}): Promise<PodFolder> {
  const pod = await createPodFolder(settingsOf(options));
  cleanups.push(() => pod.remove());
  return pod;
}

/** A sidecar that takes no request on. */
async function listensOnly(pod: PodFolder): Promise<void> {
  cleanups.push(await startDeafSidecar(pod.paths.agentSocket));
}

/** A pod whose agent waits for the clients of another route server; with an uptime, its engine has them for so long. */
async function besideAnother({ uptimeSeconds }: { readonly uptimeSeconds?: number } = {}) {
  const other = await startOther();
  const options = { peers: [other.address], waitsForClients: true };
  const [pod, engine] = [await makePod(options), createMemoryEngine()];
  if (uptimeSeconds !== undefined) {
    for (const client of ['198.51.100.1', '198.51.100.2']) engine.setClient(ip(client), { uptimeSeconds });
  }
  return { other, options, pod, engine };
}

/** An agent in a pod, which may be ended before the test is. */
async function start(pod: PodFolder, engine: MemoryEngine, options: Options = {}): Promise<TestSidecar> {
  const started = await startTestSidecar({
    pod,
    engine,
    settings: settingsOf(options),
    timing: { clientsMs: 20, pollMs: 20 },
    ...(options.clock && { clock: options.clock }),
  });
  cleanups.push(() => started.sidecar.stop());
  return started;
}

const readyOf = async ({ address }: TestSidecar) => (await get(address, '/readyz')).status;
const becomesReady = (sidecar: TestSidecar) =>
  eventually(
    () => readyOf(sidecar),
    (status) => status === 200,
  );
const phaseOf = ({ sidecar }: TestSidecar) => sidecar.drain.state().phase;
const phaseBecomes = (sidecar: TestSidecar, phase: string) =>
  eventually(
    () => phaseOf(sidecar),
    (seen) => seen === phase,
  );
const reasonsBecome = (sidecar: TestSidecar, kind: string) =>
  eventually(
    async () => (await get(sidecar.address, '/readyz')).body,
    (body) => body.includes(kind),
  );
const ask = (pod: PodFolder) => {
  writeFileSync(pod.paths.drainRequest, drainRequestText({ cause: 'pre-stop', by: 'alice' }));
};

/** The other side's route server, which is ready and has two clients. */
async function startOther(): Promise<TestSidecar> {
  const engine = createMemoryEngine();
  engine.setClient(ip('198.51.100.1'));
  engine.setClient(ip('198.51.100.2'));
  const other = await start(await makePod({ peers: ['192.0.2.9'] }), engine, { peers: ['192.0.2.9'] });
  await becomesReady(other);
  return other;
}

describe('an agent that is started again', () => {
  it('keeps evictions with their reason for the agent after it, and takes no other record for them', async () => {
    const pod = await makePod();
    const first = createMemoryEngine();
    const before = await start(pod, first);
    await becomesReady(before);
    first.offend(ip('198.51.100.7'));
    const read = () => JSON.parse(readFileSync(pod.paths.agentState, 'utf8')) as { evictions: unknown[] };
    await eventually(read, ({ evictions }) => evictions.length === 1);
    expect(read().evictions).toMatchObject([{ kind: 'eviction', address: '198.51.100.7', reason: 'as-not-allowed' }]);
    await before.sidecar.stop();

    const second = createMemoryEngine();
    const after = await start(pod, second);
    await becomesReady(after);
    expect(second.evictions()).toEqual(first.evictions());
    await after.sidecar.stop();

    writeFileSync(pod.paths.agentState, JSON.stringify({ ...read(), evictions: [{ kind: 'pardon' }] }));
    const third = createMemoryEngine();
    const last = await start(pod, third);
    await becomesReady(last);
    expect(third.evictions()).toEqual([]);
    expect(last.events()).toContain('state-not-taken');
  });

  it('goes by the hold time that was in force before, whatever the file says by now', async () => {
    const withHold = (holdSeconds: number) =>
      settingsText({ source: staticSource('192.0.2.1'), drain: { holdSeconds } });
    const pod = await makePod();
    await pod.writeSettings(withHold(120));
    const engine = createMemoryEngine();
    const before = await start(pod, engine);
    const holdOf = () => (JSON.parse(readFileSync(pod.paths.agentState, 'utf8')) as { hold?: unknown }).hold;
    const isKept = { lastMs: 120_000, longestMs: 120_000 };
    await eventually(holdOf, (hold) => hold !== undefined);
    expect(holdOf()).toMatchObject(isKept);
    await before.sidecar.stop();
    await pod.writeSettings(withHold(0));
    const after = await start(pod, engine);
    await becomesReady(after);
    await after.sidecar.stop();
    expect(holdOf()).toMatchObject({ longestMs: 120_000 });
  });

  it('goes on waiting for the clients of an engine that has not converged', async () => {
    const { pod, engine, options } = await besideAnother();
    engine.setClient(ip('198.51.100.1'), { uptimeSeconds: 5 });
    for (let round = 0; round < 3; round += 1) {
      const own = await start(pod, engine, options);
      await reasonsBecome(own, 'clients-not-back');
      expect(await readyOf(own)).toBe(503);
      await own.sidecar.stop();
    }
    const last = await start(pod, engine, options);
    engine.setClient(ip('198.51.100.2'), { uptimeSeconds: 0 });
    await becomesReady(last);
  });

  it('counts the limit of that wait from the first apply of the engine, not from its own start', async () => {
    const { pod, engine, options } = await besideAnother();
    const own = await start(pod, engine, options);
    await reasonsBecome(own, 'clients-not-back');
    await own.sidecar.stop();
    const later = (ms: number): Clock => ({ ...machineClock, monotonicMs: () => machineClock.monotonicMs() + ms });
    const early = await start(pod, engine, { ...options, clock: later(140_000) });
    await reasonsBecome(early, 'clients-not-back');
    await early.sidecar.stop();
    await becomesReady(await start(pod, engine, { ...options, clock: later(151_000) }));
  });

  it('is ready at once beside an engine that has converged, whoever is away now', async () => {
    const { other, pod, engine, options } = await besideAnother({ uptimeSeconds: 0 });
    const own = await start(pod, engine, options);
    await becomesReady(own);
    await own.sidecar.stop();
    engine.removeClient(ip('198.51.100.1'));
    engine.setSession(other.address, { state: 'idle' });
    const again = await start(pod, engine, options);
    await becomesReady(again);
    expect(again.events()).not.toContain('clients-awaited');
  });

  it('waits anew where the engine has started again while there was no agent, and counts that', async () => {
    const { pod, engine, options } = await besideAnother({ uptimeSeconds: 0 });
    const own = await start(pod, engine, options);
    await becomesReady(own);
    await own.sidecar.stop();
    engine.kill();
    engine.removeClient(ip('198.51.100.1'));
    engine.start({ isRestart: true });
    const again = await start(pod, engine, options);
    await reasonsBecome(again, 'clients-not-back');
    expect((await again.sidecar.status()).engine.restartCount).toBe(1);
    await again.sidecar.stop();
    expect((await (await start(pod, engine, options)).sidecar.status()).engine.restartCount).toBe(1);
  });

  it.each([
    ['lost', undefined],
    ['half', '{"formatVersion":1,'],
    ['of a newer agent', '{"formatVersion":2}'],
    ['full of something else', 'x'.repeat(5000)],
  ])('whose record is %s waits for the clients that are away, and for nobody else', async (_, text) => {
    const { pod, engine, options } = await besideAnother({ uptimeSeconds: 9999 });
    const own = await start(pod, engine, options);
    await becomesReady(own);
    await own.sidecar.stop();
    const leave = () => {
      if (text === undefined) rmSync(pod.paths.agentState);
      else writeFileSync(pod.paths.agentState, text);
    };
    leave();
    const again = await start(pod, engine, options);
    await becomesReady(again);
    await again.sidecar.stop();
    leave();
    engine.removeClient(ip('198.51.100.2'));
    await reasonsBecome(await start(pod, engine, options), 'clients-not-back');
  });

  it('shows that nothing of it was written at rest', async () => {
    const [pod, engine] = [await makePod(), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    const before = readFileSync(pod.paths.agentState, 'utf8');
    expect(JSON.parse(before)).toMatchObject({ hasConverged: true, drain: { phase: 'serving' } });
    rmSync(pod.paths.agentState);
    for (let look = 0; look < 5; look += 1) await own.sidecar.status();
    expect(existsSync(pod.paths.agentState)).toBe(false);
    engine.setClient(ip('198.51.100.1'));
    await eventually(
      () => own.sidecar.status(),
      ({ sessions }) => sessions.kind === 'read' && sessions.list.length === 2,
    );
    // Who is here now may go while no agent looks.
    const after: unknown = JSON.parse(readFileSync(pod.paths.agentState, 'utf8'));
    expect(after).toMatchObject({ away: { here: ['198.51.100.1'], away: [] } });
  });
});

describe('a drain over restarts of the agent', () => {
  it('goes on, and ends drained; the one who asked is still told', async () => {
    const [pod, engine] = [await makePod({ drainSeconds: 1 }), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    ask(pod);
    await phaseBecomes(own, 'graceful-shutdown');
    await own.sidecar.stop();
    const again = await start(pod, engine);
    await phaseBecomes(again, 'drained');
    expect((await again.sidecar.status()).drain).toMatchObject({ cause: 'pre-stop', requestedBy: 'alice' });
    expect(existsSync(pod.paths.drainDone)).toBe(true);
    await again.sidecar.stop();
    const third = await start(pod, engine);
    await phaseBecomes(third, 'drained');
    expect(await readyOf(third)).toBe(503);
    expect(engine.calls.filter((call) => call !== 'closed' && !call.startsWith('guard'))).toEqual([
      'graceful-shutdown',
      'close meshrs: this route server is drained; use the other side',
    ]);
  });

  it('is asked for while there is no agent: the next one carries it out', async () => {
    const [pod, engine] = [await makePod(), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    await own.sidecar.stop();
    ask(pod);
    await phaseBecomes(await start(pod, engine), 'drained');
  });

  it('is taken back while there is no agent: the next one takes it back', async () => {
    const [pod, engine] = [await makePod(), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    ask(pod);
    await phaseBecomes(own, 'drained');
    await own.sidecar.stop();
    const said: string[] = [];
    await expect(undrainAndWait(pod.paths, { out: (text) => said.push(text) }, 0.1)).rejects.toMatchObject({
      code: 'undrain-not-answered',
    });
    const again = await start(pod, engine);
    await becomesReady(again);
    expect(engine.calls.at(-1) === 'undrain' || engine.calls.includes('undrain')).toBe(true);
    expect(existsSync(pod.paths.drainDone)).toBe(false);
  });

  it('is void when the engine starts again, with the agent or without it', async () => {
    const [pod, engine] = [await makePod(), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    ask(pod);
    await phaseBecomes(own, 'drained');
    engine.kill();
    engine.start({ isRestart: true });
    await becomesReady(own);
    expect([phaseOf(own), existsSync(pod.paths.drainRequest), existsSync(pod.paths.drainDone)]).toEqual([
      'serving',
      false,
      false,
    ]);

    ask(pod);
    await phaseBecomes(own, 'drained');
    await own.sidecar.stop();
    engine.kill();
    engine.start({ isRestart: true });
    const again = await start(pod, engine);
    await becomesReady(again);
    expect([phaseOf(again), existsSync(pod.paths.drainRequest)]).toEqual(['serving', false]);
    expect(again.events()).toContain('drain-void');
    // It was told of: a pod that ends asks again.
    ask(pod);
    await phaseBecomes(again, 'drained');
  });
});

describe('mesh-agent drain and undrain', () => {
  async function draining() {
    const [pod, engine] = [await makePod({ drainSeconds: 1 }), createMemoryEngine()];
    const own = await start(pod, engine);
    await becomesReady(own);
    await eventually(
      () => existsSync(pod.paths.keptSettings),
      (isKept) => isKept,
    );
    const said: string[] = [];
    return { pod, engine, own, said, output: { out: (text: string) => said.push(text) } };
  }

  it.each(['graceful-shutdown', 'closing', 'drained'])('take a drain back from: %s', async (phase) => {
    const { pod, own, said, output } = await draining();
    ask(pod);
    await phaseBecomes(own, phase);
    expect(await undrainAndWait(pod.paths, output)).toBe(0);
    expect(said.join('')).toMatch(
      /^Took back the drain that alice asked for \(it was [a-z-]+\); the route server serves\. It is Ready when its clients are back\.\n$/,
    );
    await becomesReady(own);
    expect(phaseOf(own)).toBe('serving');
    expect(await drainAndWait(pod.paths, output, { by: 'bob' })).toBe(0);
    expect(said.at(-1)).toMatch(/^Drained at [\d:]{8}Z for bob: clients got GRACEFUL_SHUTDOWN, then Cease\.\n$/);
    expect(await undrainAndWait(pod.paths, output)).toBe(0);
    expect(await undrainAndWait(pod.paths, output)).toBe(0);
    expect(said.at(-1)).toBe('Nothing to take back: nobody has asked for a drain.\n');
  });

  const refused =
    'The settings file cannot be read, or is refused; the drain goes by the settings in force (/status: settings.refused).\n';

  it.each([
    ['wrong', 'asn: "65000"\nmode: evpnrs\nbgpgroups: none\n'],
    ['no YAML', '{'],
    ['empty', ''],
  ])('drain by the settings in force where the file is %s', async (_what, text) => {
    const { pod, own, said, output } = await draining();
    await pod.writeSettings(text);
    await eventually(
      async () => (await own.sidecar.status()).settings.refused,
      (refusal) => refusal !== undefined,
    );
    expect(await drainAndWait(pod.paths, output)).toBe(0);
    expect(said.slice(0, 2)).toEqual([
      refused,
      'Asked for the drain; the other route servers are asked first. It takes up to 61 s.\n',
    ]);
    await phaseBecomes(own, 'drained');
  });

  it('drain where the settings file is gone, and wait as long as any drain takes where nobody kept settings', async () => {
    const { pod, own, said, output } = await draining();
    rmSync(pod.paths.settings);
    rmSync(pod.paths.keptSettings);
    expect(await drainAndWait(pod.paths, output)).toBe(0);
    expect(said.slice(0, 2)).toEqual([
      refused,
      'Asked for the drain; the other route servers are asked first. It takes up to 1319 s.\n',
    ]);
    await phaseBecomes(own, 'drained');
  });

  it('say that a drain was asked for before, and by whom', async () => {
    const { pod, said, output } = await draining();
    ask(pod);
    expect(await drainAndWait(pod.paths, output, { by: 'bob' })).toBe(0);
    expect(said[0]).toContain('A drain was asked for before, by alice');
    expect(await drainAndWait(pod.paths, output, { by: 'bob' })).toBe(0);
    expect(said.at(-1)).toMatch(/^Drained at [\d:]{8}Z for alice: /);
  });

  it('say that a force which comes later does not count for a drain that was asked for before', async () => {
    const pod = await makePod();
    await listensOnly(pod);
    const said: string[] = [];
    for (const [by, isForced] of [
      ['bob', false],
      ['carol', true],
    ] as const) {
      const waiting = drainAndWait(pod.paths, { out: (text) => said.push(text) }, { by, isForced });
      waiting.catch(() => undefined);
      await eventually(
        () => said.join(''),
        (text) => text.includes(by === 'bob' ? 'Asked for the drain' : '--force'),
      );
    }
    expect(said.slice(1)).toEqual([
      expect.stringMatching(/^A drain was asked for before, by bob; waiting for it/),
      'Your --force does not count for it: "mesh-agent undrain" takes it back, and then you can ask with --force.\n',
    ]);
    expect(readFileSync(pod.paths.drainRequest, 'utf8')).not.toContain('forced');
    rmSync(pod.paths.drainRequest);
  });

  it('say that a drain was none where the engine did not carry it out, and again until it is taken back', async () => {
    const { pod, engine, own, said, output } = await draining();
    engine.refuse(engineFailure('engine-timeout', 'setDrain'), 'setDrain');
    const notDrained = {
      code: 'drain-incomplete',
      message: expect.stringMatching(
        /^Not drained at [\d:]{8}Z for bob: the engine did not answer in time.* "mesh-agent undrain" takes it back\.$/,
      ) as string,
    };
    await expect(drainAndWait(pod.paths, output, { by: 'bob' })).rejects.toMatchObject(notDrained);
    await expect(drainAndWait(pod.paths, output, { by: 'alice' })).rejects.toMatchObject(notDrained);
    expect(said.join('')).not.toContain('Drained');
    engine.refuse(undefined);
    expect(await undrainAndWait(pod.paths, output)).toBe(0);
    expect(await drainAndWait(pod.paths, output, { by: 'carol' })).toBe(0);
    await phaseBecomes(own, 'drained');
  });

  it.each(['', '{}', 'null', '{"phase":"drained"', '{"requestedBy":"bob","drainedAtMs":1,"outcome":"odd"}'])(
    'take no answer that is none for a drain: %s',
    async (text) => {
      const pod = await makePod();
      await listensOnly(pod);
      const waiting = drainAndWait(pod.paths, { out: () => undefined });
      await eventually(
        () => existsSync(pod.paths.drainRequest),
        (isThere) => isThere,
      );
      writeFileSync(pod.paths.drainDone, text === '' ? '\n' : text);
      await expect(waiting).rejects.toMatchObject({ code: 'agent-answer-not-understood' });
    },
  );

  it('say that a drain was taken back while somebody waits for it', async () => {
    const { pod, output } = await draining();
    const waiting = drainAndWait(pod.paths, output);
    await eventually(
      () => existsSync(pod.paths.drainRequest),
      (isThere) => isThere,
    );
    rmSync(pod.paths.drainRequest);
    await expect(waiting).rejects.toMatchObject({ code: 'drain-taken-back' });
  });

  /** A record of before the drain: as where the folder is full, and no newer one could be written. */
  function withRecordOfBefore(pod: PodFolder, engine: MemoryEngine) {
    const record = readFileSync(pod.paths.agentState, 'utf8');
    return {
      putBack: () => {
        writeFileSync(pod.paths.agentState, record);
      },
      engine,
    };
  }

  it.each(['drained', 'closing'])('go by no record that said before the request that it serves: %s', async (phase) => {
    const { pod, own, engine, said, output } = await draining();
    const { putBack } = withRecordOfBefore(pod, engine);
    ask(pod);
    await phaseBecomes(own, phase);
    await own.sidecar.stop();
    putBack();
    await expect(undrainAndWait(pod.paths, output, 0.5)).rejects.toMatchObject({ code: 'undrain-not-answered' });
    expect(said).toEqual([]);
  });

  it('wait until the engine has done it', async () => {
    const { pod, own, engine, said, output } = await draining();
    const { putBack } = withRecordOfBefore(pod, engine);
    ask(pod);
    await phaseBecomes(own, 'drained');
    engine.refuse(engineFailure('engine-timeout', 'setDrain'), 'setDrain');
    putBack();
    await expect(undrainAndWait(pod.paths, output, 0.5)).rejects.toMatchObject({ code: 'undrain-not-answered' });
    // Asked again, with no request and that record: it is not done yet, and says so.
    putBack();
    await expect(undrainAndWait(pod.paths, output, 0.5)).rejects.toMatchObject({ code: 'undrain-not-answered' });
    engine.refuse(undefined);
    putBack();
    expect(await undrainAndWait(pod.paths, output)).toBe(0);
    expect(said.at(-1)).toMatch(/; the route server serves\.|^Nothing to take back/);
    expect(phaseOf(own)).toBe('serving');
  });

  it('say that a pod that ends asks again', async () => {
    const { pod, own, engine, output } = await draining();
    ask(pod);
    await phaseBecomes(own, 'drained');
    await own.sidecar.stop();
    const undrain = undrainAndWait(pod.paths, output, 5);
    await eventually(
      () => existsSync(pod.paths.drainRequest),
      (isThere) => !isThere,
    );
    ask(pod);
    await expect(undrain).rejects.toMatchObject({ code: 'drain-asked-again' });
    await phaseBecomes(await start(pod, engine), 'drained');
  });

  it.each([0, 900, 2000])(
    'say so also where it asks again after the route server serves, %d ms later',
    async (laterMs) => {
      const { pod, own, said, output } = await draining();
      ask(pod);
      await phaseBecomes(own, 'graceful-shutdown');
      const undrain = undrainAndWait(pod.paths, output);
      await phaseBecomes(own, 'serving');
      setTimeout(() => {
        ask(pod);
      }, laterMs);
      await expect(undrain).rejects.toMatchObject({
        code: 'drain-asked-again',
        message: expect.stringContaining('A pod that ends asks until it has ended') as string,
      });
      expect(said.join('')).toBe('');
    },
  );

  it('do not find each other where nobody may write, or nobody runs', async () => {
    const pod = await makePod();
    await expect(drainAndWait(pod.paths, { out: () => undefined })).rejects.toMatchObject({
      code: 'agent-not-running',
    });
    expect(existsSync(pod.paths.drainRequest)).toBe(false);
    expect(await undrainAndWait(pod.paths, { out: () => undefined })).toBe(0);
    await listensOnly(pod);
    const nowhere = { ...pod.paths, drainRequest: `${pod.root}/nowhere/drain.request` };
    const output = { out: () => undefined };
    await expect(drainAndWait(nowhere, output)).rejects.toMatchObject({ code: 'file-not-written' });
    const elsewhere = agentPaths(`${pod.root}/another-container`);
    for (const command of [drainAndWait, undrainAndWait]) {
      await expect(command(elsewhere, output)).rejects.toMatchObject({
        code: 'folder-not-found',
        message: expect.stringContaining("in the container meshrr of the route server's pod") as string,
      });
    }
  });
});

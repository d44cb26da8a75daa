import { describe, expect, it } from 'vitest';
import type { EngineObservation, MeshEngine } from '../engine/mesh-engine.ts';
import { createLog } from '../log/log.ts';
import { createObserver, staleAfterMs } from './observer.ts';

const observation: EngineObservation = {
  version: 'test',
  sessions: [],
  drain: 'none',
  unknownLines: [],
  notUnderstood: [],
  outstanding: [],
  drifted: [],
};
const wish = { youngerThanMs: 1000, patienceMs: 20 };

/** An observer of an engine whose answers the test gives, at times that it sets. */
function observe() {
  const world = { now: 100, isConnected: true };
  const asked: PromiseWithResolvers<EngineObservation>[] = [];
  const stop = new AbortController();
  const lines: string[] = [];
  const observer = createObserver({
    engine: {
      observe: () => {
        const answer = Promise.withResolvers<EngineObservation>();
        asked.push(answer);
        return answer.promise;
      },
    } as Partial<MeshEngine> as MeshEngine,
    isConnected: () => world.isConnected,
    log: createLog({ write: (line) => lines.push(line), secrets: [], base: {} }),
    now: () => world.now,
    signal: stop.signal,
  });
  const answer = async (index: number, value: EngineObservation | Error) => {
    if (value instanceof Error) asked[index]?.reject(value);
    else asked[index]?.resolve(value);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { observer, world, asked, answer, stop, lines };
}

describe('what is known of an engine', () => {
  it('is what it answers, aged since it was asked', async () => {
    const { observer, world, answer } = observe();
    const reading = observer.read(wish);
    world.now += 7;
    await answer(0, observation);
    expect(await reading).toEqual({ kind: 'read', ageMs: 7, observation });
  });

  it('has no secret of a line that somebody typed: the log and /status are made from it', async () => {
    const { observer, answer } = observe();
    const look = observer.look();
    const unknownLines = ['router bgp 65000: neighbor CLIENTS password planted', ' debug bgp keepalives'];
    await answer(0, { ...observation, unknownLines });
    expect((await look)?.unknownLines).toEqual([
      'router bgp 65000: neighbor CLIENTS password [hidden]',
      ' debug bgp keepalives',
    ]);
  });

  it('is asked for once by all who want to know, and not again while it is young', async () => {
    const { observer, world, asked, answer } = observe();
    const readings = [observer.read(wish), observer.read(wish)];
    await answer(0, observation);
    expect(await Promise.all(readings)).toMatchObject([{ kind: 'read' }, { kind: 'read' }]);
    world.now += 999;
    expect(await observer.read(wish)).toMatchObject({ kind: 'read', ageMs: 999 });
    expect(asked).toHaveLength(1);
  });

  it('is not known while it has never answered, and nobody waits for that longer than he has patience', async () => {
    const { observer, world, answer } = observe();
    const reading = observer.read(wish);
    world.now += 1200;
    expect(await reading).toEqual({
      kind: 'unreadable',
      failure: {
        code: 'engine-busy',
        operation: 'read the sessions',
        message: 'The engine has not answered for 1.2 s.',
        retryable: true,
        causes: [],
      },
    });
    await answer(0, observation);
    expect(await observer.read({ ...wish, youngerThanMs: 2000 })).toMatchObject({ kind: 'read', ageMs: 1200 });
  });

  it('is what it said last while it is busy, and stale when that is long ago', async () => {
    const { observer, world, answer } = observe();
    const reading = observer.read(wish);
    await answer(0, observation);
    await reading;
    world.now += staleAfterMs;
    expect(await observer.read(wish)).toMatchObject({ kind: 'read', ageMs: staleAfterMs });
    world.now += 1;
    expect(await observer.read(wish)).toMatchObject({
      kind: 'stale',
      ageMs: staleAfterMs + 1,
      observation,
      failure: { code: 'engine-busy' },
    });
  });

  it('is stale at once when a look fails, and not none', async () => {
    const { observer, world, answer } = observe();
    const first = observer.read(wish);
    await answer(0, observation);
    await first;
    world.now += 1000;
    const second = observer.read(wish);
    await answer(1, new Error('neighbor eth0 is no address'));
    expect(await second).toMatchObject({
      kind: 'stale',
      ageMs: 1000,
      failure: { message: 'neighbor eth0 is no address' },
    });
    expect(observer.last()).toBeUndefined();
    const third = observer.read(wish);
    await answer(2, observation);
    expect(await third).toMatchObject({ kind: 'read', ageMs: 0 });
  });

  it('is not readable when the first look fails', async () => {
    const { observer, answer, lines } = observe();
    const reading = observer.read(wish);
    await answer(0, new Error('neighbor eth0 is no address'));
    expect(await reading).toMatchObject({ kind: 'unreadable', failure: { message: 'neighbor eth0 is no address' } });
    expect(lines).toHaveLength(1);
  });

  it('is stale after it was forgotten, until it is seen again', async () => {
    const { observer, answer } = observe();
    const first = observer.read(wish);
    await answer(0, observation);
    await first;
    observer.forget();
    expect(observer.last()).toBeUndefined();
    expect(await observer.read(wish)).toMatchObject({ kind: 'stale', observation });
    await answer(1, observation);
    expect(await observer.read(wish)).toMatchObject({ kind: 'read' });
  });

  it('is not readable without a connection, whatever was known before', async () => {
    const { observer, world, answer, asked } = observe();
    const first = observer.read(wish);
    await answer(0, observation);
    await first;
    world.isConnected = false;
    expect(await observer.read(wish)).toMatchObject({ kind: 'unreadable', failure: { code: 'engine-not-connected' } });
    expect(asked).toHaveLength(1);
  });

  it('is told at once when the agent ends', async () => {
    const { observer, stop } = observe();
    const reading = observer.read({ ...wish, patienceMs: 60_000 });
    stop.abort();
    expect(await reading).toMatchObject({ kind: 'unreadable' });
  });
});

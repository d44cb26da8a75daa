import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attacks, nameOf, planRound, randomOf, type SoakLimits, type SoakRound } from './plan.ts';

const limits: SoakLimits = { clients: 60, without: [] };

function rounds(seed: number, count: number, change: Partial<SoakLimits> = {}): SoakRound[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, number) => planRound(number, random, { ...limits, ...change }));
}

it('gives the same rounds for the same seed, and others for another', () => {
  expect(rounds(7, 20)).toEqual(rounds(7, 20));
  expect(rounds(7, 20)).not.toEqual(rounds(8, 20));
});

it('comes to every event and every attack', () => {
  const names = new Set(rounds(1, 100).flatMap(({ events }) => events.map(({ event }) => nameOf(event))));
  expect([...names]).toEqual(
    expect.arrayContaining([
      ...attacks,
      'agent-SIGTERM',
      'engine-SIGKILL',
      'dns-silent',
      'drain',
      'endpoints',
      'api-refuses',
    ]),
  );
});

it('takes processes of one side in a round, and one engine once', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      for (const { events } of rounds(seed, 10)) {
        const taken = events.flatMap(({ event }) =>
          event.kind.startsWith('agent') || event.kind.startsWith('engine') ? [event] : [],
        );
        expect(new Set(taken.map((event) => ('side' in event ? event.side : ''))).size).toBeLessThanOrEqual(1);
        expect(taken.filter(({ kind }) => kind.startsWith('engine')).length).toBeLessThanOrEqual(1);
        const disturbed = events.filter(({ event: { kind } }) => kind.startsWith('engine') || kind === 'drain');
        expect(disturbed.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});

it('leaves out what it is told to', () => {
  const without = ['agent-SIGTERM', 'forged-down', 'dns'];
  const all = rounds(3, 100, { without }).flatMap(({ events }) => events.map(({ event }) => event));
  expect(all.map(nameOf).filter((name) => without.includes(name))).toEqual([]);
});

it('ends the agent of one side alone', () => {
  const ended = rounds(3, 100).flatMap(({ events }) =>
    events.flatMap(({ event }) => (event.kind === 'agent' ? event : [])),
  );
  expect(new Set(ended.map(({ side }) => side))).toEqual(new Set(['a']));
});

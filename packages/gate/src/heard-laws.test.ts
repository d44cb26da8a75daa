import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSides } from './compare-sides.ts';
import { listeningTo, nothingRemembered, type SidesMemory } from './keepers.ts';
import { read, routeServer, session } from './sides.test-data.ts';

/*
 * Looks at a session with side a whose messages come by a keepalive time, until its VIP goes; bgpd has it until the hold time
 * after its last message. A reading is some seconds old, now and then a look has none, and who is not asked for counts tells
 * those of before.
 */

const heardForSeconds = 120;

interface Life {
  readonly keepalive: number;
  readonly hold: number;
  /** When the VIP goes; Infinity: it stays. */
  readonly goesAt: number;
  /** Seconds from look to look, age of each reading, and whether there is one. */
  readonly looks: readonly { readonly after: number; readonly age: number; readonly isRead: boolean }[];
}

interface Seen {
  readonly at: number;
  readonly isRead: boolean;
  readonly isKept: boolean;
  readonly silentFor: number;
}

function watch({ keepalive, hold, goesAt, looks }: Life): Seen[] {
  const countAt = (moment: number) => Math.floor((Math.min(moment, goesAt) + 1000) / keepalive);
  const lastAt = (moment: number) => countAt(moment) * keepalive - 1000;
  let memory: SidesMemory = nothingRemembered;
  let told: { readonly at: number; readonly reading: ReturnType<typeof read> } | undefined;
  const seen: Seen[] = [];
  let at = 0;
  for (const { after, age, isRead } of looks) {
    at += after;
    const readAt = Math.max(at - age, told?.at ?? -Infinity);
    if (readAt - lastAt(readAt) >= hold) break;
    const isWhole = told === undefined || listeningTo(memory).size > 0;
    if (isWhole) {
      const uptimeSeconds = Math.floor(readAt + 5000);
      const reading = read([session('192.0.2.1', { uptimeSeconds, receivedMessages: countAt(readAt) })]);
      told = { at: readAt, reading };
    }
    const answer = told?.reading ?? read([]);
    const unchangedSeconds = isWhole ? 0 : readAt - (told?.at ?? readAt);
    const reading = isRead
      ? { ...answer, unchangedSeconds, ageMs: (at - readAt) * 1000 }
      : ({ kind: 'stale', why: 'its sessions were last read 11 s ago' } as const);
    const compared = compareSides([routeServer('b', [session('192.0.2.1')]), { ...routeServer('a', []), reading }], {
      next: 'b',
      allowMissing: [],
      memory,
      listenedSeconds: at,
      heardForSeconds,
    });
    memory = compared.memory;
    seen.push({ at, isRead, isKept: compared.missing.length === 0, silentFor: at - lastAt(at) });
  }
  return seen;
}

const anyLook = (most: number) =>
  fc.record({
    after: fc.double({ min: 1, max: most, noNaN: true }),
    age: fc.double({ min: 0, max: 2, noNaN: true }),
    isRead: fc.integer({ min: 0, max: 19 }).map((number) => number > 0),
  });
const lives = (most: number) =>
  fc.record({
    keepalive: fc.constantFrom(20, 60, 70, 80),
    hold: fc.constantFrom(180, 210, 240),
    goesAt: fc.double({ min: 0, max: 400, noNaN: true }),
    looks: fc.array(anyLook(most), { minLength: Math.floor(700 / most), maxLength: Math.floor(1400 / most) }),
  });

describe.each([2, 5, 20])('looks at most %i s apart', (most) => {
  it('never count a client that has sent nothing for longer than a message counts', () => {
    fc.assert(
      fc.property(lives(most), (life) => {
        for (const { isKept, silentFor } of watch(life))
          if (isKept) expect(silentFor).toBeLessThanOrEqual(heardForSeconds);
      }),
    );
  });
});

it('looks at most 5 s apart count a client that sends keepalives, from its first or second one on', () => {
  fc.assert(
    fc.property(lives(5), (life) => {
      const seen = watch({ ...life, goesAt: Infinity });
      const settled = seen.filter(({ at, isRead }) => isRead && at > 2 * life.keepalive + 10);
      const without = settled.filter(({ isKept }) => !isKept);
      expect(without.length / Math.max(settled.length, 1)).toBeLessThan(0.25);
    }),
  );
});

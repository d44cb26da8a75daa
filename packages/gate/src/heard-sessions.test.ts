import { describe, expect, it } from 'vitest';
import { compareSides } from './compare-sides.ts';
import { forgetHeard, listeningTo, nothingRemembered, type SidesMemory } from './keepers.ts';
import { describeObstacles, describeWarnings } from './describe-gate.ts';
import { read, session, routeServer } from './sides.test-data.ts';

/** What a look at a session with side a, so many seconds after a was changed, leaves missing on b, and what it leaves in memory. */
function look(
  changes: Partial<ReturnType<typeof session>>,
  secondsSinceChange: number | undefined,
  memory: SidesMemory = nothingRemembered,
) {
  return compareSides([routeServer('b', [session('192.0.2.1')]), routeServer('a', [session('192.0.2.1', changes)])], {
    next: 'b',
    allowMissing: [],
    memory,
    ...(secondsSinceChange !== undefined && { secondsSinceChange: new Map([['a', secondsSinceChange]]) }),
  });
}
const kinds = ({ missing }: ReturnType<typeof look>) => missing.map(({ reason }) => reason.kind);
const old = { uptimeSeconds: 5000, receivedMessages: 70 };

/** The same on a side that nobody has changed, by somebody who has listened for so many seconds. */
function listen(
  changes: Partial<ReturnType<typeof session>>,
  listenedSeconds: number,
  memory: SidesMemory = nothingRemembered,
) {
  return compareSides([routeServer('b', [session('192.0.2.1')]), routeServer('a', [session('192.0.2.1', changes)])], {
    ...{ next: 'b', allowMissing: [], memory, listenedSeconds },
  });
}

describe('a session with a side that no object has changed', () => {
  /** By a reading of its engine that is so old. */
  function listenTo(
    changes: Partial<ReturnType<typeof session>>,
    { listenedSeconds, ageMs }: { readonly listenedSeconds: number; readonly ageMs: number },
    memory: SidesMemory = nothingRemembered,
  ) {
    const reading = { ...read([session('192.0.2.1', changes)]), ageMs };
    return compareSides([routeServer('b', [session('192.0.2.1')]), routeServer('a', reading)], {
      ...{ next: 'b', allowMissing: [], memory, listenedSeconds },
    });
  }

  it('is not heard by a message that came before the listening began, however late the engine was asked', () => {
    const first = listenTo(old, { listenedSeconds: 0, ageMs: 5000 });
    expect(kinds(first)).toEqual(['not-heard']);
    // The message came after that reading, and before the listening.
    const second = listenTo({ ...old, receivedMessages: 71 }, { listenedSeconds: 1, ageMs: 500 }, first.memory);
    expect(kinds(second)).toEqual(['not-heard']);
    const third = listenTo({ ...old, receivedMessages: 72 }, { listenedSeconds: 9, ageMs: 500 }, second.memory);
    expect(kinds(third)).toEqual([]);
  });

  it.each([
    ['9 s, read now', 9, 0, []],
    ['9 s, read 5 s ago', 9, 5000, ['not-heard']],
    ['11 s', 11, 0, ['not-heard']],
    ['a time that nobody tells', undefined, 0, ['not-heard']],
  ] as const)('that is up for %s when the listening begins', (_, uptimeSeconds, ageMs, expected) => {
    const { uptimeSeconds: usual, ...without } = session('192.0.2.1', { receivedMessages: 3 });
    expect(usual).toBeDefined();
    const up = uptimeSeconds === undefined ? without : { ...without, uptimeSeconds };
    const reading = { ...read([up]), ageMs };
    const seen = compareSides([routeServer('b', [session('192.0.2.1')]), routeServer('a', reading)], {
      ...{ next: 'b', allowMissing: [], memory: nothingRemembered, listenedSeconds: 0 },
    });
    expect(kinds(seen)).toEqual(expected);
  });

  it('counts from the first message after the listening began on, as long as it lives', () => {
    const first = listen(old, 0);
    expect(kinds(first)).toEqual(['not-heard']);
    const silent = listen({ uptimeSeconds: 5009, receivedMessages: 70 }, 9, first.memory);
    expect(kinds(silent)).toEqual(['not-heard']);
    const heard = listen({ uptimeSeconds: 5010, receivedMessages: 71 }, 10, silent.memory);
    expect(kinds(heard)).toEqual([]);
    expect(kinds(listen({ uptimeSeconds: 5011, receivedMessages: 71 }, 11, heard.memory))).toEqual([]);
  });

  it.each([29, 90, 239.9])('does not count after %s s without a message', (seconds) => {
    const first = listen(old, 0);
    const later = listen({ uptimeSeconds: 5000 + seconds, receivedMessages: 70 }, seconds, first.memory);
    expect(kinds(later)).toEqual(['not-heard']);
  });

  it('counts when a silent one would be gone', () => {
    const first = listen({ uptimeSeconds: 5000 }, 0);
    expect(kinds(listen({ uptimeSeconds: 5240 }, 240, first.memory))).toEqual(['not-heard']);
    expect(kinds(listen({ uptimeSeconds: 5241 }, 240.5, first.memory))).toEqual([]);
  });

  it('counts at once when it came up a short time before the listening began, or since', () => {
    expect(kinds(listen({ uptimeSeconds: 9, receivedMessages: 4 }, 0))).toEqual([]);
    expect(kinds(listen({ uptimeSeconds: 10, receivedMessages: 4 }, 0))).toEqual(['not-heard']);
    expect(kinds(listen({ uptimeSeconds: 29, receivedMessages: 4 }, 20))).toEqual([]);
    expect(kinds(listen({ uptimeSeconds: 30, receivedMessages: 4 }, 20))).toEqual(['not-heard']);
  });

  it('is not heard by messages that were counted some time ago', () => {
    const at = (receivedMessages: number, unchangedSeconds: number, seconds: number, memory?: SidesMemory) =>
      compareSides(
        [
          routeServer('b', [session('192.0.2.1')]),
          {
            ...routeServer('a', []),
            reading: read([session('192.0.2.1', { uptimeSeconds: 5000, receivedMessages })], { unchangedSeconds }),
          },
        ],
        { next: 'b', allowMissing: [], memory: memory ?? nothingRemembered, listenedSeconds: seconds },
      );
    // What this one told 30 s before may be fewer than there were when the listening began.
    const first = at(70, 30, 0);
    const second = at(75, 0, 1, first.memory);
    expect(kinds(second)).toEqual(['not-heard']);
    expect(listeningTo(second.memory)).toEqual(new Set(['routeserver-a-0']));
    const third = at(76, 0, 2, second.memory);
    expect(kinds(third)).toEqual([]);
    expect(listeningTo(third.memory)).toEqual(new Set());
  });

  it('is to be heard anew where somebody begins to listen anew', () => {
    const heard = listen({ uptimeSeconds: 5003, receivedMessages: 71 }, 3, listen(old, 0).memory);
    expect(kinds(heard)).toEqual([]);
    const anew = listen({ uptimeSeconds: 5004, receivedMessages: 71 }, 0, forgetHeard(heard.memory));
    expect(kinds(anew)).toEqual(['not-heard']);
    expect(kinds(listen({ uptimeSeconds: 5005, receivedMessages: 72 }, 1, anew.memory))).toEqual([]);
  });

  it('is to be heard both since the side was changed and since the listening began', () => {
    const both = (receivedMessages: number, seconds: number, listened: number, memory?: SidesMemory) =>
      compareSides(
        [
          routeServer('b', [session('192.0.2.1')]),
          routeServer('a', [session('192.0.2.1', { uptimeSeconds: 5000, receivedMessages })]),
        ],
        {
          ...{ next: 'b', allowMissing: [], memory: memory ?? nothingRemembered, listenedSeconds: listened },
          secondsSinceChange: new Map([['a', seconds]]),
        },
      );
    // Long ago by the change.
    expect(kinds(both(70, 5000, 0))).toEqual(['not-heard']);
    // Changed while somebody listens: what came before it took effect does not count.
    const first = both(70, 2, 20);
    expect(kinds(both(71, 9, 27, first.memory))).toEqual(['not-heard']);
  });
});

describe('a session with a side that was changed', () => {
  it.each([
    ['never', undefined],
    ['so long ago that a silent session would be gone', 251],
  ])('%s counts as it is', (_, seconds) => {
    expect(kinds(look(old, seconds))).toEqual([]);
  });

  it('just now does not count, whatever it sends: the change may not have taken effect', () => {
    const first = look(old, 2);
    expect(kinds(first)).toEqual(['not-heard']);
    expect(kinds(look({ uptimeSeconds: 5003, receivedMessages: 71 }, 5, first.memory))).toEqual(['not-heard']);
  });

  it('counts from the first message after that on', () => {
    const first = look(old, 12);
    expect(kinds(first)).toEqual(['not-heard']);
    const silent = look({ uptimeSeconds: 5004, receivedMessages: 70 }, 16, first.memory);
    expect(kinds(silent)).toEqual(['not-heard']);
    const heard = look({ uptimeSeconds: 5008, receivedMessages: 71 }, 20, silent.memory);
    expect(kinds(heard)).toEqual([]);
    expect(kinds(look({ uptimeSeconds: 5009, receivedMessages: 71 }, 21, heard.memory))).toEqual([]);
  });

  it('counts at once when it was established after that', () => {
    expect(kinds(look({ uptimeSeconds: 3, receivedMessages: 4 }, 30))).toEqual([]);
    expect(kinds(look({ uptimeSeconds: 25, receivedMessages: 4 }, 30))).toEqual(['not-heard']);
    // The change had taken effect 20 s ago: a session of just that age may be from before.
    expect(kinds(look({ uptimeSeconds: 20, receivedMessages: 4 }, 30))).toEqual(['not-heard']);
    expect(kinds(look({ uptimeSeconds: 19, receivedMessages: 4 }, 30))).toEqual([]);
  });

  it('that came up again begins anew', () => {
    const heard = look({ uptimeSeconds: 5008, receivedMessages: 71 }, 20, look(old, 12).memory);
    expect(kinds(look({ uptimeSeconds: 4, receivedMessages: 3 }, 12, heard.memory))).toEqual(['not-heard']);
  });

  it('of an agent that tells no messages counts when a silent one would be gone', () => {
    const untold = { uptimeSeconds: 5000 };
    const first = look(untold, 12);
    expect(kinds(look(untold, 200, first.memory))).toEqual(['not-heard']);
    expect(kinds(look(untold, 300, first.memory))).toEqual([]);
  });

  it('counts from ten seconds after the change on, when it comes up again then', () => {
    expect(kinds(look({ uptimeSeconds: 0, receivedMessages: 4 }, 9.9))).toEqual(['not-heard']);
    expect(kinds(look({ uptimeSeconds: 9, receivedMessages: 4 }, 19.9))).toEqual([]);
    // At that very moment the listening begins.
    const first = look(old, 10);
    expect(kinds(look({ uptimeSeconds: 5001, receivedMessages: 71 }, 11, first.memory))).toEqual([]);
  });

  it('that is silent counts when the longest hold time has passed since then, and no sooner', () => {
    expect(kinds(look(old, 250))).toEqual(['not-heard']);
    expect(kinds(look(old, 250.5))).toEqual([]);
  });

  it('is the same one in a look of the same second', () => {
    const first = look(old, 12);
    expect(kinds(look({ uptimeSeconds: 5000, receivedMessages: 71 }, 12.5, first.memory))).toEqual([]);
  });

  it('stays heard, whatever an agent that was replaced counts', () => {
    const heard = look({ uptimeSeconds: 5008, receivedMessages: 71 }, 20, look(old, 12).memory);
    expect(kinds(look({ uptimeSeconds: 5009 }, 21, heard.memory))).toEqual([]);
  });

  it('is heard by its own messages alone, not by those of another client', () => {
    const both = (messages: readonly [number, number], uptimeSeconds: number, memory = nothingRemembered) => {
      const ofSide = (name: string) =>
        routeServer(
          name,
          messages.map((receivedMessages, index) =>
            session(`192.0.2.${String(index + 1)}`, { uptimeSeconds, receivedMessages }),
          ),
        );
      return compareSides([ofSide('b'), ofSide('a')], {
        next: 'b',
        allowMissing: [],
        memory,
        secondsSinceChange: new Map([['a', 20]]),
      });
    };
    const first = both([70, 50], 5000);
    const later = both([71, 50], 5004, first.memory);
    expect(later.missing.map(({ address, reason }) => [address, reason.kind])).toEqual([['192.0.2.2', 'not-heard']]);
    const last = both([71, 51], 5008, later.memory);
    expect(last.missing).toEqual([]);
  });

  it('is heard by the route server that keeps it, not by another one of its side', () => {
    const look = (messages: readonly [number, number], memory = nothingRemembered) =>
      compareSides(
        [
          routeServer('b', [session('192.0.2.1')]),
          ...messages.map((receivedMessages, index) =>
            routeServer('a', [session('192.0.2.1', { uptimeSeconds: 5000, receivedMessages })], {
              name: `routeserver-a-${String(index)}`,
              // The one that is heard from goes.
              isTerminating: index === 1,
            }),
          ),
        ],
        { next: 'b', allowMissing: [], memory, secondsSinceChange: new Map([['a', 20]]) },
      );
    const first = look([70, 70]);
    expect(kinds(look([70, 71], first.memory))).toEqual(['not-heard']);
    expect(kinds(look([71, 70], first.memory))).toEqual([]);
  });

  it('is told in words that name where to look', () => {
    const comparison = look(old, 12);
    const place = { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] };
    expect(describeObstacles({ kind: 'shut', gaps: [], markGaps: [], fleetGaps: [], comparison }, place)).toEqual([
      '1 of its 1 client has a session on side a from which no BGP message has arrived since side a last changed and the gate began to listen, or for two minutes: client-192.0.2.1 (192.0.2.1)',
    ]);
    expect(describeWarnings({ ...comparison, allowMissing: comparison.missing }, place)).toEqual([
      'client-192.0.2.1 (192.0.2.1) may be missing (gitops.gate.allowMissing): no BGP message has arrived from its session on side a since side a last changed and the gate began to listen, or for two minutes',
    ]);
  });
});

describe('a message that counts for a time', () => {
  /** Of one session, look after look: `[second, messages, age of the reading]`. */
  function looks(...seen: readonly (readonly [second: number, messages: number, unchangedSeconds?: number])[]) {
    let memory: SidesMemory = nothingRemembered;
    return seen.map(([second, receivedMessages, unchangedSeconds = 0]) => {
      const uptimeSeconds = 5000 + second - unchangedSeconds;
      const reading = read([session('192.0.2.1', { uptimeSeconds, receivedMessages })], { unchangedSeconds });
      const seen = compareSides([routeServer('b', [session('192.0.2.1')]), { ...routeServer('a', []), reading }], {
        next: 'b',
        allowMissing: [],
        memory,
        listenedSeconds: second,
        heardForSeconds: 120,
      });
      memory = seen.memory;
      return { kept: kinds(seen).length === 0, isAsked: listeningTo(seen.memory).size > 0 };
    });
  }

  it('counts for no longer, counted from the reading before it', () => {
    const seen = looks([0, 70], [9, 70], [10, 71], [129, 71], [129.5, 71]);
    expect(seen.map(({ kept }) => kept)).toEqual([false, false, true, true, false]);
  });

  it('is followed by others, and the session counts as long as they come', () => {
    const seen = looks([0, 70], [10, 71], [69, 71], [70, 72], [129, 72], [130, 73], [190, 74], [250, 75], [310, 76]);
    expect(seen.map(({ kept }) => kept)).toEqual([false, ...Array.from({ length: 8 }, () => true)]);
  });

  it('is asked for anew in time, by a reading that counts', () => {
    const first = [
      [0, 70],
      [10, 71],
      [11, 71, 1],
      [59, 71, 49],
      [61, 71, 51],
    ] as const;
    expect(looks(...first).map(({ isAsked }) => isAsked)).toEqual([true, false, false, false, true]);
    // In which second of the last fifty it came nobody has seen: soon it is listened to until the next one.
    const then = looks(...first, [62, 72], [63, 72, 1], [71, 72, 9], [72, 72], [73, 73], [74, 73, 1]).slice(5);
    expect(then.map(({ isAsked }) => isAsked)).toEqual([false, false, true, true, false, false]);
    expect(then.map(({ kept }) => kept)).toEqual([true, true, true, true, true, true]);
  });

  it('counts of a session that came up meanwhile from then on', () => {
    let memory: SidesMemory = nothingRemembered;
    const at = (second: number, uptimeSeconds: number, receivedMessages: number) => {
      const seen = compareSides(
        [
          routeServer('b', [session('192.0.2.1')]),
          routeServer('a', [session('192.0.2.1', { uptimeSeconds, receivedMessages })]),
        ],
        { next: 'b', allowMissing: [], memory, listenedSeconds: second, heardForSeconds: 120 },
      );
      memory = seen.memory;
      return kinds(seen).length === 0;
    };
    expect([at(100, 5100, 70), at(200, 3, 4), at(316, 119, 4), at(319, 122, 4), at(320, 123, 5)]).toEqual([
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it('is not waited for where none would come any more, or none comes at all', () => {
    const seen = looks([0, 70], [10, 71], [131, 71], [241, 71], [250, 71], [251, 71], [400, 71]);
    expect(seen.map(({ kept }) => kept)).toEqual([false, true, false, false, false, true, true]);
    const never = looks([0, 70], [239, 70], [241, 70], [500, 70]);
    expect(never.map(({ kept }) => kept)).toEqual([false, false, true, true]);
  });
  it('does not count by a long silence that nobody has seen: the session of a route server that was not read is known afterwards', () => {
    let memory: SidesMemory = nothingRemembered;
    const at = (second: number, receivedMessages: number, isRead: boolean) => {
      const a = routeServer('a', [session('192.0.2.1', { uptimeSeconds: 5000 + second, receivedMessages })]);
      const stale = { ...a, reading: { kind: 'stale' as const, why: 'its sessions were last read 11 s ago' } };
      const seen = compareSides([routeServer('b', [session('192.0.2.1')]), isRead ? a : stale], {
        ...{ next: 'b', allowMissing: [], memory, listenedSeconds: second, heardForSeconds: 120 },
      });
      memory = seen.memory;
      return kinds(seen).length === 0;
    };
    expect([at(0, 70, true), at(149, 70, true), at(150, 75, true)]).toEqual([false, false, true]);
    expect([at(271, 75, false), at(272, 75, true), at(340, 75, true)]).toEqual([false, false, false]);
    expect([at(341, 76, true), at(342, 76, false), at(343, 76, true)]).toEqual([true, false, true]);
    // Where nothing is known of before, the silence begins with the first look.
    memory = nothingRemembered;
    expect([at(400, 76, true), at(500, 76, true), at(640, 76, true), at(641, 76, true)]).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([
    [0.6, true],
    [2, true],
    [3, false],
  ])('stays the same session where an uptime is told %s s late', (late, isSame) => {
    const first = looks([0, 70], [10, 71]);
    expect(first.at(-1)?.kept).toBe(true);
    let memory: SidesMemory = nothingRemembered;
    for (const [second, messages, by] of [
      [0, 70, 0],
      [10, 71, late],
      [10.5, 71, 0],
    ] as const) {
      const uptimeSeconds = Math.floor(5000 + second + by);
      const seen = compareSides(
        [
          routeServer('b', [session('192.0.2.1')]),
          routeServer('a', [session('192.0.2.1', { uptimeSeconds, receivedMessages: messages })]),
        ],
        { next: 'b', allowMissing: [], memory, listenedSeconds: second, heardForSeconds: 120 },
      );
      memory = seen.memory;
      if (second === 10.5) expect(kinds(seen).length === 0).toBe(isSame);
    }
  });
});

import { nothingRemembered, type HoldVerdict } from '@meshrs/gate';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { answerAsk, refusalOf, takenBy } from './answer-ask.ts';
import type { LookAtOthers } from './look-at-others.ts';

const verdict: HoldVerdict = {
  ...{ kind: 'go', waitsFor: [], missing: [], more: new Map(), unreadable: [], clientCount: 1 },
  memory: nothingRemembered,
};
const look: LookAtOthers = {
  verdict,
  isContested: false,
  isAlone: true,
  isOneOrder: true,
  draining: [],
  resetting: [],
  silent: [],
  clients: new Set(),
  endsToldMs: new Map(),
  otherCount: 1,
  unlisted: [],
};
const missing: HoldVerdict['missing'] = [
  { address: address('192.0.2.9'), routeServer: 'here', reason: { kind: 'no-session' } },
];

describe('the reason of a refusal', () => {
  it.each([
    ['nobody was asked to the end', undefined, 'The other route servers could not be asked in time.'],
    ['all had a session, and looks took too long', look, 'The other route servers could not be asked in time.'],
    [
      'many are silent, and looks took too long',
      { ...look, silent: Array.from({ length: 120 }, (_, index) => `10.0.0.${String(index)}`) },
      'The other route servers could not be asked in time (120 are silent: 10.0.0.0, 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4 and more).',
    ],
    [
      'one is silent, and looks took too long',
      { ...look, silent: ['10.0.0.7'] },
      'The other route servers could not be asked in time (1 is silent: 10.0.0.7).',
    ],
    [
      'of clients it is not known what others have',
      {
        ...look,
        silent: ['10.0.0.7', '10.0.0.8'],
        verdict: {
          ...verdict,
          kind: 'wait',
          missing: [
            {
              ...{ address: address('192.0.2.9'), routeServer: 'here' },
              reason: { kind: 'not-readable', routeServer: '10.0.0.7', why: 'no answer within 2 s' },
            },
          ],
        },
      },
      'What clients 10.0.0.7 has is not known: no answer within 2 s (2 are silent: 10.0.0.7, 10.0.0.8).',
    ],
    [
      'of clients it is not known whether their sessions live',
      {
        ...look,
        verdict: {
          ...verdict,
          kind: 'wait',
          missing: [
            {
              ...{ address: address('192.0.2.9'), routeServer: 'here' },
              reason: { kind: 'not-heard', routeServer: 'rs-b-0' },
            },
          ],
        },
      },
      'No message of clients has come to rs-b-0 yet since this one listens: whether their sessions live is not known.',
    ],
    [
      'no other one is known',
      { ...look, otherCount: 0, verdict: { ...verdict, kind: 'wait', missing } },
      'No route server of another side is known: the sources of its mesh groups name none, or have not answered ("mesh" in /status).',
    ],
    [
      'the only other one is not in fleet.yml',
      { ...look, otherCount: 0, unlisted: ['192.0.2.7'], verdict: { ...verdict, kind: 'wait', missing } },
      'No route server of another side is known: fleet.yml of this route server does not name 192.0.2.7.',
    ],
    [
      'clients have none',
      { ...look, silent: ['10.0.0.7'], verdict: { ...verdict, kind: 'wait', missing } },
      'Clients have no session, or none with their routes, with another side.',
    ],
    [
      'the other side holds settings',
      { ...look, resetting: ['rs-b-0'], verdict: { ...verdict, kind: 'wait', missing } },
      'rs-b-0 holds settings that reset sessions of its clients, and does not wait for the end of a drain by hand.',
    ],
  ] as const)('%s', (_, last, why) => {
    expect(refusalOf(last).why).toBe(why);
  });
});

describe('whom a drain takes', () => {
  const [x, y] = [address('192.0.2.8'), address('192.0.2.9')];
  const gone = { address: x, routeServer: 'here', reason: { kind: 'no-session' } } as const;
  const silent = {
    ...{ address: y, routeServer: 'here' },
    reason: { kind: 'not-readable', routeServer: 'b', why: 'no answer' },
  } as const;
  const unheard = { ...silent, reason: { kind: 'not-heard', routeServer: 'b' } } as const;
  const by = (changes: Partial<HoldVerdict>): LookAtOthers => ({ ...look, verdict: { ...verdict, ...changes } });
  const unreadable: HoldVerdict['unreadable'] = [{ routeServer: 'here', kind: 'unreadable', why: 'busy' }];

  it.each<[string, LookAtOthers, ReturnType<typeof takenBy>]>([
    ['nobody', look, undefined],
    ['one without a session', by({ missing: [gone] }), { clients: [x], clientCount: 1 }],
    [
      'one of whom nobody knows',
      by({ missing: [silent] }),
      { clients: [], clientCount: 0, unknown: { clients: [y], clientCount: 1 } },
    ],
    [
      'both, and more than are listed of each',
      by({ missing: [gone, silent], more: new Map([['no-session', 2] as const, ['not-readable', 5] as const]) }),
      { clients: [x], clientCount: 3, unknown: { clients: [y], clientCount: 6 } },
    ],
    [
      'one that has a session elsewhere from which nothing came yet',
      by({ missing: [unheard], more: new Map([['not-heard', 2] as const]) }),
      { clients: [], clientCount: 0, unknown: { clients: [y], clientCount: 3 } },
    ],
    [
      'clients of a route server that knows no other one',
      { ...by({ missing: [gone] }), otherCount: 0 },
      { clients: [], clientCount: 0, unknown: { clients: [x], clientCount: 1 } },
    ],
    ['nobody knows whom', by({ unreadable }), { clients: [], clientCount: 0, areUnknown: true }],
  ])('%s', (_, last, takes) => {
    expect(takenBy(last)).toEqual(takes);
  });

  it.each([
    ['clients without a session', by({ missing: [gone] }), 'refuse'],
    ['clients of whom nobody knows', by({ missing: [silent] }), 'wait'],
    ['clients that were not heard yet', by({ missing: [unheard] }), 'wait'],
    ['many more of whom nobody knows', by({ more: new Map([['not-readable', 5] as const]) }), 'wait'],
    ['many more without a session', by({ more: new Map([['no-session', 5] as const]) }), 'refuse'],
    ['no other route server', { ...by({ missing: [gone] }), otherCount: 0 }, 'wait'],
  ] as const)('is refused after two looks by %s: %s', (_, last, answer) => {
    const waits = { ...last, verdict: { ...last.verdict, kind: 'wait' } } as const;
    expect(answerAsk({ look: waits, before: waits, isForced: false, isSeen: true })).toBe(answer);
  });

  it('tells in a refusal of whom nobody knows', () => {
    expect(refusalOf(by({ missing: [gone, silent] }))).toMatchObject({
      ...{ clients: [{ address: x }], clientCount: 1 },
      unknown: { clients: [{ address: y }], clientCount: 1 },
    });
  });
});

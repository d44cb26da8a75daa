import { nothingRemembered, type HoldVerdict } from '@meshrs/gate';
import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './answer-ask.ts';
import type { LookAtOthers } from './look-at-others.ts';

const verdict: HoldVerdict = {
  ...{ kind: 'go', waitsFor: [], missing: [], more: new Map(), unreadable: [], clientCount: 1 },
  memory: nothingRemembered,
};
const look: LookAtOthers = {
  verdict,
  isContested: false,
  draining: [],
  resetting: [],
  silentCount: 0,
  clients: new Set(),
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
      { ...look, silentCount: 120 },
      'The other route servers could not be asked in time (120 silent).',
    ],
    [
      'clients have none',
      { ...look, silentCount: 3, verdict: { ...verdict, kind: 'wait', missing } },
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

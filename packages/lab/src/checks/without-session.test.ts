import { expect, test } from 'vitest';
import { parseAddress, type IpAddress } from '@meshrs/network';
import type { SessionAtClient } from '../clients/sessions.ts';
import type { Observation } from '../observe/observation.ts';
import { withoutSession } from './without-session.ts';

const address = (text: string): IpAddress => {
  const read = parseAddress(text);
  if (read === undefined) throw new Error(text);
  return read;
};
const [a, b] = [address('192.168.255.1'), address('192.168.255.2')];
const session = (vip: IpAddress): SessionAtClient => ({
  client: 'leaf',
  side: '',
  vip,
  state: '',
  isEstablished: true,
  establishedAtMs: 0,
  received: 0,
  sent: 0,
  source: address('192.168.1.11'),
});
const before = { fromMs: 0, sessions: [session(a), session(b)] };
const state = (atMs: number, neighbor: string, isEstablished: boolean): Observation => ({
  ...{ kind: 'state', atMs, client: 'leaf', neighbor, isEstablished, state: '' },
});
const seen = (...observations: Observation[]) => ({ fromMs: 0, toMs: 9000, sessions: [], observations, routes: [] });

test('one side after the other is no moment without a session', () => {
  const all = seen(state(1000, a, false), state(2000, a, true), state(3000, b, false), state(4000, b, true));
  expect(withoutSession(before, all)).toEqual([]);
});

test('the last session that ends is told, and each further step down of one that is down is not', () => {
  const all = seen(state(1000, a, false), state(1100, a, false), state(2500, b, false), state(2600, b, false));
  expect(withoutSession(before, all)).toEqual([`leaf: its last, with ${b}, after 2.5 s`]);
});

test('a client that has none at the beginning is told', () => {
  const down = { ...session(a), isEstablished: false };
  expect(withoutSession({ fromMs: 0, sessions: [down] }, seen())).toEqual(['leaf: none at the beginning']);
});

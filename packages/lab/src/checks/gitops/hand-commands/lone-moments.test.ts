import type { IpAddress } from '@meshrs/network';
import { describe, expect, it } from 'vitest';
import type { SessionAtClient } from '../../../clients/sessions.ts';
import type { Observation } from '../../../observe/observation.ts';
import { loneMoments } from './lone-moments.ts';

const [a, b] = ['192.0.2.1', '192.0.2.2'];

describe('loneMoments', () => {
  it('has none while one session stays', () => {
    expect(loneMoments([session('one', a), session('one', b)], [down(1, a), up(2, a), down(3, b), up(4, b)])).toEqual(
      [],
    );
  });

  it('tells when the last one went and the first came back', () => {
    const seen = [down(1, a), down(2, b), { ...down(3, b), state: 'Active' }, up(5, b), up(6, a)];
    expect(loneMoments([session('one', a), session('one', b)], seen)).toEqual([{ client: 'one', fromMs: 2, toMs: 5 }]);
  });

  it('tells of one that lasts, and of one that was there from the beginning', () => {
    expect(loneMoments([session('one', a)], [down(1, a)])).toEqual([{ client: 'one', fromMs: 1, toMs: undefined }]);
    expect(loneMoments([{ ...session('one', a), isEstablished: false }], [up(4, a)])).toEqual([
      { client: 'one', fromMs: 0, toMs: 4 },
    ]);
  });

  it('counts neither sessions with others nor those of another client', () => {
    const seen = [up(1, '198.51.100.1'), down(2, a), { ...up(3, a), client: 'two' }, up(4, a)];
    expect(loneMoments([session('one', a), session('two', a)], seen)).toEqual([{ client: 'one', fromMs: 2, toMs: 4 }]);
  });
});

function session(client: string, vip: string): SessionAtClient {
  const source = '198.51.100.9' as IpAddress;
  return {
    ...{ client, side: 'a', vip: vip as IpAddress, source, isEstablished: true, state: 'Established' },
    ...{ establishedAtMs: 0, received: 0, sent: 0 },
  };
}

function down(atMs: number, neighbor: string): Observation & { readonly kind: 'state' } {
  return { atMs, client: 'one', neighbor, kind: 'state', isEstablished: false, state: 'Idle' };
}

function up(atMs: number, neighbor: string): Observation & { readonly kind: 'state' } {
  return { ...down(atMs, neighbor), isEstablished: true, state: 'Established' };
}

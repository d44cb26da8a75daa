import { groupByIntent } from './group-by-intent.test-data.ts';
import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, meshGroup, routeServer } from '@meshrs/contract/test-data';
import type { IpAddress } from '@meshrs/network';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyBook, evict, expire, listEvictions, release, type EvictionBook } from './eviction-book.ts';
import { findOffenders, type GuardedPeer } from './find-offenders.ts';
import { findSuspects } from './find-suspects.ts';
import { sightOf } from './guard-sight.ts';
import { findLeaving, listPins, noPins, noteClosings, pin, reviewPins, unpin, type PinBook } from './pin-book.ts';
import { reasonGone, type GuardPolicy } from './reason-gone.ts';

const minute = 60_000;
const addresses = ['192.168.1.1', '192.168.1.2', '192.168.1.3', '10.42.0.1', '10.42.0.2', '198.51.100.1'].map(address);
const routerIds = ['192.168.255.1', '192.168.255.2', '192.168.255.3'].map(address);
/** It has an AS of the fleet, and the engine never closes it. */
const innocent = address('192.168.1.200');
const most = 3;

const intents: fc.Arbitrary<RouteServerIntent> = fc
  .record({
    asns: fc.subarray(['65001', '65002', '65003'].map(asnRange)),
    prefixes: fc.constantFrom(['192.168.0.0/16'], ['192.168.1.0/24', '10.42.0.0/24'], ['192.168.1.128/25']),
    declaredOnes: fc.subarray(addresses.slice(0, 2)),
    mesh: fc.subarray(addresses.slice(2, 5)),
    maximumPrefixes: fc.constantFrom(undefined, 50),
    name: fc.constantFrom('CLIENTS', 'LEAVES'),
    mode: fc.constantFrom('evpn-route-server', 'ipv4-route-reflector'),
  })
  .map(({ asns, prefixes, declaredOnes, mesh, maximumPrefixes, name, mode }) =>
    routeServer(1, {
      mode,
      meshGroups: [meshGroup(mesh)],
      clientGroups: [
        clientGroup({
          name,
          // 65200 is the innocent one's, in every settings of the fleet.
          asns: asns.length === 0 ? [] : [...asns, asnRange('65200')],
          prefixes: prefixes.map(prefix),
          neighbors: declaredOnes.map((at) => declared(at, at, 65001)),
          ...(maximumPrefixes !== undefined && { maximumPrefixes }),
        }),
      ],
    }),
  );

type Event =
  | { readonly kind: 'settings'; readonly intent: RouteServerIntent; readonly known: readonly IpAddress[] }
  | { readonly kind: 'session'; readonly at: IpAddress; readonly itsAsn: number; readonly routerId: IpAddress }
  | { readonly kind: 'gone' | 'closed'; readonly at: IpAddress }
  | { readonly kind: 'wait'; readonly ms: number };

const anyone = fc.constantFrom(...addresses);
const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('settings' as const), intent: intents, known: fc.subarray(routerIds) }),
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('session' as const),
      at: anyone,
      itsAsn: fc.constantFrom(65001, 65002, 65003, 64999),
      routerId: fc.constantFrom(...routerIds),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('gone' as const, 'closed' as const), at: anyone }) },
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, minute, 11 * minute, 180 * minute) }),
);

/** The guard over its books, as `guard.ts` of the agent goes about it, one look after each event. */
class GuardModel {
  book: EvictionBook = emptyBook;
  pins: PinBook = noPins;
  now = 0;
  intent: RouteServerIntent;
  policy: GuardPolicy = { routerIds: [] };
  readonly sessions = new Map<IpAddress, GuardedPeer>([
    [innocent, { address: innocent, remoteAsn: asn(65200), state: 'established', uptimeSeconds: 100 }],
  ]);
  readonly remoteIds = new Map<IpAddress, IpAddress>();
  readonly closings = new Map<IpAddress, number[]>();

  constructor(intent: RouteServerIntent) {
    this.intent = intent;
  }

  take(event: Event): void {
    switch (event.kind) {
      case 'settings':
        this.intent = event.intent;
        this.policy = { routerIds: event.known };
        break;
      case 'session':
        if (this.book.inForce.has(event.at)) break;
        this.sessions.set(event.at, { address: event.at, remoteAsn: asn(event.itsAsn), state: 'established' });
        this.remoteIds.set(event.at, event.routerId);
        break;
      case 'closed':
        if (!this.pins.has(event.at)) this.closings.set(event.at, [...(this.closings.get(event.at) ?? []), this.now]);
        this.pins = noteClosings(this.pins, new Map([[event.at, { count: 1, lastMs: this.now }]]));
        this.sessions.delete(event.at);
        break;
      case 'gone':
        this.sessions.delete(event.at);
        break;
      case 'wait':
        this.now += event.ms;
    }
  }

  look(): void {
    const sight = sightOf(this.intent);
    this.book = expire(this.book, this.now).book;
    const gone = listEvictions(this.book).filter((each) => reasonGone(sight, this.policy, each) !== undefined);
    this.book = release(
      this.book,
      gone.map((each) => each.address),
    );
    const peers = [...this.sessions.values()];
    const offenders = findOffenders({ intent: this.intent, peers, routerIds: this.remoteIds }, this.policy);
    for (const offender of offenders.slice(0, Math.max(0, most - this.book.inForce.size))) {
      this.book = evict(this.book, offender, this.now);
      this.sessions.delete(offender.address);
    }
    this.pins = reviewPins(this.pins, sight, groupByIntent(sight));
    const leaving = findLeaving(this.pins, [...this.sessions.values()], this.now);
    this.pins = unpin(
      this.pins,
      leaving.map((each) => each.address),
    );
    const suspects = findSuspects(sight, { peers: [...this.sessions.values()], closings: this.closings }, this.now);
    for (const suspect of suspects.slice(0, Math.max(0, most - this.pins.size))) {
      expect(this.sessions.has(suspect.address)).toBe(false);
      this.pins = pin(this.pins, [suspect], this.now);
      this.closings.delete(suspect.address);
    }
  }
}

describe('the guard, whatever happens', () => {
  const run = (check: (guard: GuardModel) => void): void => {
    fc.assert(
      fc.property(intents, fc.array(events, { maxLength: 40, size: 'max' }), (intent, all) => {
        const guard = new GuardModel(intent);
        for (const event of all) {
          guard.take(event);
          guard.look();
          check(guard);
        }
      }),
      { numRuns: 200 },
    );
  };

  it('keeps nobody out who is right now', () => {
    run(({ book, intent, policy }) => {
      for (const { address: at, reason, remoteAsn = 0, remoteRouterId } of listEvictions(book)) {
        const [group] = intent.clientGroups;
        const isMesh = intent.meshGroups.some(({ neighbors }) => neighbors.includes(at));
        if (reason === 'router-id-unknown') {
          expect(isMesh).toBe(true);
          expect(policy.routerIds).not.toContain(remoteRouterId);
          continue;
        }
        expect(reason).toBe('as-not-allowed');
        expect(isMesh).toBe(false);
        expect(group?.neighbors.map((each) => each.address)).not.toContain(at);
        expect(group?.asns.some(({ first, last }) => first <= remoteAsn && remoteAsn <= last)).toBe(false);
        expect(group?.asns).not.toEqual([]);
        expect(intent.mode).toBe('evpn-route-server');
      }
    });
  });

  it('never has more evictions or pins than there may be, and no end of an eviction that is past', () => {
    run(({ book, pins, now }) => {
      expect(book.inForce.size).toBeLessThanOrEqual(most);
      expect(pins.size).toBeLessThanOrEqual(most);
      for (const { until } of listEvictions(book)) expect(until).toBeGreaterThan(now);
    });
  });

  it('neither shuts nor pins a client with a right AS that the engine never closes', () => {
    run(({ book, pins, sessions }) => {
      expect(book.inForce.has(innocent)).toBe(false);
      expect(pins.has(innocent)).toBe(false);
      expect(sessions.has(innocent)).toBe(true);
    });
  });

  it('pins range clients alone, in the group of their range', () => {
    run(({ pins, intent }) => {
      for (const { address: at, group } of listPins(pins)) {
        expect(sightOf(intent).roleOf(at)).toMatchObject({ kind: 'range', group: { name: group } });
      }
    });
  });

  it('evicts within one look whom it may not let in, while there is room', () => {
    run(({ book, sessions, remoteIds, intent, policy }) => {
      const left = findOffenders({ intent, peers: [...sessions.values()], routerIds: remoteIds }, policy);
      if (book.inForce.size < most) expect(left).toEqual([]);
    });
  });
});

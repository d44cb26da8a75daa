import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteServerIntent } from '@meshrs/contract';
import { clientGroup, declared, routeServer } from '@meshrs/contract/test-data';
import { compareIntents } from '@meshrs/impact';
import { findOffenders } from '@meshrs/mesh';
import { contains, rangeOf, type Asn, type IpAddress } from '@meshrs/network';
import { address, asn, asnRange, prefix } from '@meshrs/network/test-data';
import { renderRouteServer } from '@meshrs/router-config';
import { planChanges, type SessionsReset } from '@meshrs/router-config/frr';
import { toFrrConfig } from '@meshrs/router-config/route-server/frr';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { client } from './client.ts';
import { engineOf, soon } from './engine-under-test.ts';
import { waitFor } from '@meshrs/test-kit/wait';
import { startLab, type Lab } from './lab.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** The clients of every case: one that is declared, and two from the range, one in each half of it. */
const clients = {
  leaf: { address: address('192.168.7.1'), asn: asn(65001), routes: 20 },
  near: { address: address('192.168.7.2'), asn: asn(65002), routes: 20 },
  far: { address: address('192.168.200.2'), asn: asn(65300), routes: 5 },
} as const satisfies Record<string, Client>;
type Name = keyof typeof clients;

interface Client {
  readonly address: IpAddress;
  readonly asn: Asn;
  readonly routes: number;
}

const leaf = declared('dc1-leaf1', clients.leaf.address, clients.leaf.asn);
const start = group({});

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterEach(async () => {
  await lab.ask({ kind: 'stop', addresses: Object.values(clients).map((one) => one.address), how: 'silent' });
});
afterAll(async () => {
  await lab.stop();
});

/** An edit of the settings, and whose sessions end by it. */
const edits: readonly (readonly [string, RouteServerIntent, RouteServerIntent, readonly Name[]])[] = [
  ['a wider range', start, group({ prefixes: [prefix('192.168.0.0/15')] }), []],
  ['a range in two halves', start, group({ prefixes: [prefix('192.168.0.0/17'), prefix('192.168.128.0/17')] }), []],
  ['a narrower range', start, group({ prefixes: [prefix('192.168.0.0/17')] }), ['near', 'far']],
  [
    'a narrower range, and a client of it declared with that',
    start,
    group({
      prefixes: [prefix('192.168.0.0/24')],
      neighbors: [leaf, declared('dc1-leaf2', clients.near.address, clients.near.asn)],
    }),
    ['near', 'far'],
  ],
  ['an AS range in two', start, group({ asns: [asnRange('65001-65009'), asnRange('65010-65535')] }), []],
  ['a shorter AS list that all are in', start, group({ asns: [asnRange('65001-65300')] }), []],
  ['an AS list that one is not in', start, group({ asns: [asnRange('65001-65299')] }), ['far']],
  ['an AS list that only a declared client is not in', start, group({ asns: [asnRange('65002-65535')] }), []],
  ['other timers', start, group({ timers: { keepaliveSeconds: 20, holdSeconds: 60 } }), []],
  ['another TTL', start, group({ distance: { kind: 'multihop', ttl: 20 } }), ['leaf', 'near', 'far']],
  ['TTL security', start, group({ distance: { kind: 'ttl-security', hops: 2 } }), ['leaf', 'near', 'far']],
  ['a limit that none reaches', start, group({ maximumPrefixes: 20 }), []],
  ['a limit that two are above', start, group({ maximumPrefixes: 10 }), ['leaf', 'near']],
  [
    'a lower limit, with one of its own for a client',
    group({ maximumPrefixes: 30 }),
    group({ maximumPrefixes: 10, neighbors: [{ ...leaf, maximumPrefixes: 30 }] }),
    ['near'],
  ],
  ['a client’s own limit that it is above', start, group({ neighbors: [{ ...leaf, maximumPrefixes: 10 }] }), ['leaf']],
  ['attributes that may pass', start, group({ passedAttributes: ['tunnel-encapsulation'] }), []],
  ['another router-id', start, { ...start, routerId: address('192.168.255.99') }, ['leaf', 'near', 'far']],
  ['a declared client taken out', start, group({ neighbors: [] }), ['leaf']],
  [
    'a client from the range declared',
    start,
    group({ neighbors: [leaf, declared('dc1-leaf2', clients.near.address, clients.near.asn)] }),
    ['near'],
  ],
  ['another AS of a declared client', start, group({ neighbors: [{ ...leaf, asn: asn(65099) }] }), ['leaf']],
  ['the group gone', start, routeServer(1, { clientGroups: [] }), ['leaf', 'near', 'far']],
];

test.each(edits.map((edit, index) => [...edit, index + 1] as const))(
  '%s drops just the sessions that were told before',
  async (_, before, after, drops, number) => {
    const bgpd = await lab.startBgpd(number, renderRouteServer(before, 'frr'));
    const { engine } = engineOf(bgpd);
    await engine.apply(before, soon());
    await lab.startClients(
      Object.values(clients).map((one) => client(one.address, one.asn, bgpd.address, { routes: one.routes })),
    );
    await waitFor('all are up, with the routes of the others', statuses, (all) =>
      Object.entries(all).every(([name, { isEstablished, heldRoutes }]) => {
        return isEstablished && heldRoutes === 45 - clients[name as Name].routes;
      }),
    );
    const dropsBefore = await dropCounts();

    await engine.apply(after, soon());
    await engine.guard({ routerIds: [] }, soon());
    // A reset that comes would be there long before: bgpd sends the notification at once.
    await sleep(300);

    const dropsAfter = await dropCounts();
    const dropped = names().filter((name) => dropsAfter[name] > dropsBefore[name]);
    expect({ dropped, predicted: predicted(before, after) }).toEqual({ dropped: drops, predicted: drops });
    const { certain, possible } = compareIntents(before, after);
    if (dropped.length > 0) expect([...certain, ...possible]).not.toEqual([]);
    await engine.close();
    await bgpd.kill();
  },
);

/** Whose sessions the planner and the guard end, by what the clients are. */
function predicted(before: RouteServerIntent, after: RouteServerIntent): readonly Name[] {
  const [running, wanted] = [toFrrConfig(before), toFrrConfig(after)];
  const resets = planChanges(running, wanted).map((change) => change.resets);
  const wasDeclared = ({ address: own }: Client): boolean =>
    running.router?.neighbors.some((neighbor) => neighbor.address === own) ?? false;
  return names().filter((name) => {
    const one = clients[name];
    return resets.some((reset) => isHit(one, reset, { wasDeclared: wasDeclared(one), after })) || isEvicted(one, after);
  });
}

function isHit(
  one: Client,
  reset: SessionsReset,
  { wasDeclared, after }: { readonly wasDeclared: boolean; readonly after: RouteServerIntent },
): boolean {
  const isOverLimit = one.routes > limitOf(one, after);
  switch (reset.kind) {
    case 'none':
      return false;
    case 'all':
      return true;
    case 'group':
      return reset.only === undefined || isOverLimit;
    case 'range':
      return !wasDeclared && contains(rangeOf(reset.prefix), rangeOf(one.address));
    case 'neighbor':
      if (reset.address !== one.address) return false;
      return reset.only === undefined || (reset.only === 'from-range' ? !wasDeclared : isOverLimit);
  }
}

function limitOf({ address: own }: Client, { clientGroups }: RouteServerIntent): number {
  const [only] = clientGroups;
  return only?.neighbors.find((one) => one.address === own)?.maximumPrefixes ?? only?.maximumPrefixes ?? Infinity;
}

function isEvicted(one: Client, after: RouteServerIntent): boolean {
  const peers = [{ address: one.address, remoteAsn: one.asn, state: 'established' }] as const;
  return findOffenders({ intent: after, peers, routerIds: new Map() }, { routerIds: [] }).length > 0;
}

function group(changes: Parameters<typeof clientGroup>[0]): RouteServerIntent {
  return routeServer(1, { clientGroups: [clientGroup({ neighbors: [leaf], ...changes })] });
}

function names(): readonly Name[] {
  // The names are those of the literal above.
  return Object.keys(clients) as readonly Name[];
}

async function statuses() {
  const all = await lab.ask({ kind: 'status', addresses: Object.values(clients).map((one) => one.address) });
  return Object.fromEntries(
    names().map((name) => [name, all[clients[name].address] ?? expect.unreachable(`${name} is a client`)] as const),
  );
}

async function dropCounts(): Promise<Readonly<Record<Name, number>>> {
  const all = await statuses();
  const of = (name: Name): number => all[name]?.dropCount ?? NaN;
  return { leaf: of('leaf'), near: of('near'), far: of('far') };
}

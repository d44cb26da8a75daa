import { defaultConnectRetrySeconds, mismatchedTimers } from '@meshrs/contract';
import { contains, familyOf, parseAddress, rangeOf } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';
import { listWords } from './check.ts';
import { unknownReference } from './placement.ts';

/** Clients have a group and can reach every VIP; timers make sense; authentication can work. */
export function checkClients(topology: Topology): Finding<CheckCode>[] {
  return [
    ...noGroup(topology),
    ...groups(topology),
    ...families(topology),
    ...timers(topology),
    ...slowReconnect(topology),
    ...authBehindNat(topology),
    ...renamedKeys(topology),
    ...allowMissing(topology),
  ];
}

function noGroup({ clientGroups }: Topology): Finding<CheckCode>[] {
  if (Object.keys(clientGroups).length > 0) return [];
  return [
    {
      code: 'no-client-group',
      path: ['clientGroups'],
      message: 'There is no client group, so nobody could have a session with the route servers.',
      seen: 'none',
      allowed: 'one client group or more',
      hint: 'add MESHRR-CLIENTS: with prefixes and asns',
    },
  ];
}

function groups({ clients, clientGroups }: Topology): Finding<CheckCode>[] {
  const known = Object.keys(clientGroups);
  return Object.entries(clients).flatMap(([name, { group }]): Finding<CheckCode>[] => {
    if (group !== undefined) {
      return known.includes(group)
        ? []
        : [
            unknownReference(
              'unknown-client-group',
              group,
              ['clients', name, 'group'],
              'client group',
              'clientGroups',
              known,
            ),
          ];
    }
    if (known.length <= 1) return [];
    return [
      {
        code: 'client-group-missing',
        path: ['clients', name],
        message: `Client ${name} does not say which of the ${String(known.length)} client groups it belongs to.`,
        seen: name,
        allowed: listWords(known),
        hint: `add group: ${known[0] ?? ''}`,
      },
    ];
  });
}

function families({ clients, sides }: Topology): Finding<CheckCode>[] {
  return Object.entries(clients).flatMap(([name, { addresses }]) => {
    const own = addresses.map(familyOf);
    const unreachable = Object.entries(sides).filter(
      ([, { vips }]) => !vips.some((vip) => own.includes(familyOf(vip))),
    );
    if (unreachable.length === 0) return [];
    return [
      {
        code: 'family-mismatch' as const,
        path: ['clients', name, 'addresses'],
        message: `Client ${name} has no address of a family in which side ${listWords(unreachable.map(([side]) => side))} has a VIP.`,
        seen: listWords(addresses),
        allowed: `an address of the family of ${listWords(unreachable.flatMap(([, { vips }]) => vips))}`,
        hint: "add an address of that family to the client, or a VIP of the client's family to the side",
      },
    ];
  });
}

function timers({ routeServers, clientGroups }: Topology): Finding<CheckCode>[] {
  return [
    ...mismatchedTimers(['routeServers', 'mesh', 'timers'], routeServers.mesh.timers),
    ...Object.entries(clientGroups).flatMap(([name, group]) =>
      mismatchedTimers(['clientGroups', name, 'timers'], group.timers),
    ),
  ];
}

function slowReconnect({ clientGroups }: Topology): Finding<CheckCode>[] {
  return Object.entries(clientGroups)
    .filter(([, { connectRetrySeconds }]) => connectRetrySeconds > defaultConnectRetrySeconds)
    .map(([name, { connectRetrySeconds }]) => ({
      code: 'slow-reconnect',
      path: ['clientGroups', name, 'connectRetrySeconds'],
      message: `Clients dial again after ${String(connectRetrySeconds)} s; a side that is back stays without them for that long.`,
      allowed: `${String(defaultConnectRetrySeconds)} or less`,
      hint: `set connectRetrySeconds: ${String(defaultConnectRetrySeconds)}`,
    }));
}

function authBehindNat({ routeServers, clientGroups }: Topology): Finding<CheckCode>[] {
  if (routeServers.exposure !== 'loadBalancer') return [];
  return Object.entries(clientGroups)
    .filter(([, { auth }]) => auth)
    .map(([name]) => ({
      code: 'auth-behind-nat',
      path: ['clientGroups', name, 'auth'],
      message:
        'With exposure loadBalancer the VIP is NATed, and TCP-MD5 does not survive that: no session would come up.',
      seen: 'auth with exposure: loadBalancer',
      allowed: 'no auth with exposure: loadBalancer',
      hint: 'remove auth',
    }));
}

/** Keys that got a better name are still read. */
function renamedKeys({ gitops }: Topology): Finding<CheckCode>[] {
  if (gitops.gate.letThrough === undefined) return [];
  return [
    {
      code: 'key-renamed',
      path: ['gitops', 'gate', 'letThrough'],
      message: 'The key letThrough is called allowMissing now; it is still read.',
      seen: 'letThrough',
      allowed: 'allowMissing',
      hint: 'write allowMissing',
    },
  ];
}

/**
 * A client without a name comes by its group's prefixes, so any address in one of them may be a client's; and one in none of them may be
 * that of a client that this commit takes out, for which the gates of its roll-out would wait (impact, `shutOutOf`).
 */
function allowMissing({ gitops, clients, clientGroups }: Topology): Finding<CheckCode>[] {
  const ranges = Object.values(clientGroups).flatMap(({ prefixes }) => prefixes.map(rangeOf));
  const { allowMissing, letThrough = [] } = gitops.gate;
  const references = [
    ...allowMissing.map((reference, index) => ({ reference, path: ['gitops', 'gate', 'allowMissing', index] })),
    ...letThrough.map((reference, index) => ({ reference, path: ['gitops', 'gate', 'letThrough', index] })),
  ];
  return references.flatMap(({ reference, path }): Finding<CheckCode>[] => {
    if (Object.hasOwn(clients, reference)) return [];
    const address = parseAddress(reference);
    if (address === undefined) {
      return [unknownReference('unknown-client', reference, path, 'client', 'clients', Object.keys(clients))];
    }
    if (ranges.some((range) => contains(range, rangeOf(address)))) return [];
    return [
      {
        code: 'allowed-outside-prefixes',
        path,
        message: `No client group has ${reference} in its prefixes: this is for a client that goes with this commit, and still has its sessions.`,
        seen: reference,
        allowed: listWords(Object.values(clientGroups).flatMap(({ prefixes }) => prefixes)),
        hint: 'remove it when the roll-out is over; if that client stays, write the address from which it dials',
      },
    ];
  });
}

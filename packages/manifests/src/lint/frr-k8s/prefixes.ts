import { parseAddress, parsePrefix, rangeOf, readCommunity, type Family } from '@meshrs/network';
import type { FrrNeighborView } from '../../built/views.ts';
import { listed } from '../../words.ts';
import type { RuleFinding } from '../rule.ts';
import { nameOf } from './neighbors.ts';

/* What a neighbor is told and may tell (`validateOutgoingPrefixes`, `toAdvertiseToFRR`, `toReceiveToFRR`). */

type Fault = Omit<RuleFinding, 'object'>;

export function noPrefixes(prefixes: readonly string[], what: string): Fault[] {
  return prefixes
    .filter((prefix) => familyOf(prefix) === undefined)
    .map((prefix) => ({
      message: `${what} has a prefix that is none.`,
      seen: prefix,
      allowed: '192.0.2.0/24 or 2001:db8::/32, for example',
      hint: 'correct the prefix',
    }));
}

/** `ofRouter`: the prefixes that the neighbor's router has or imports. */
export function faultsOfAdvertised(neighbor: FrrNeighborView, ofRouter: readonly string[]): Fault[] {
  const { allowed, withLocalPref, withCommunity } = neighbor.toAdvertise;
  const all = allowed.mode === 'all';
  const told = all ? ofRouter : allowed.prefixes;
  const marked = [
    ...withLocalPref.map(({ prefixes, localPref }) => ({ prefixes, what: `the localPref ${String(localPref)}` })),
    ...withCommunity.map(({ prefixes, community }) => ({ prefixes, what: `the community ${community}` })),
  ];
  return [
    ...(all ? [] : [...ofFamily(allowed.prefixes, neighbor), ...notOfRouter(neighbor, ofRouter)]),
    ...marked.flatMap(({ prefixes, what }) => [
      ...ofFamily(prefixes, neighbor),
      ...notTold(prefixes, told, what, neighbor),
      ...twice(prefixes, what, neighbor),
    ]),
    ...twoPreferences(neighbor),
    ...ofCommunities(neighbor),
    ...ofNextHop(neighbor),
  ];
}

export function faultsOfReceived(neighbor: FrrNeighborView): Fault[] {
  const { mode, prefixes } = neighbor.toReceive.allowed;
  if (mode === 'all') return [];
  return prefixes.flatMap(({ prefix, le, ge }): Fault[] => {
    const unread = noPrefixes([prefix], nameOf(neighbor));
    const length = Number(prefix.slice(prefix.indexOf('/') + 1));
    // `validateSelectorLengths`
    const isInOrder = (le === 0 || (ge <= le && length <= le)) && (ge === 0 || length <= ge);
    if (unread.length > 0 || isInOrder) return unread;
    return [
      {
        message: `The lengths for ${prefix} of ${nameOf(neighbor)} are not in order.`,
        seen: `ge ${String(ge)}, le ${String(le)}`,
        allowed: `${String(length)} <= ge <= le`,
        hint: 'correct ge and le',
      },
    ];
  });
}

function familyOf(prefix: string): Family | undefined {
  const parsed = parsePrefix(prefix);
  return parsed && rangeOf('prefix' in parsed ? parsed.prefix : parsed.hostBitsOf).family;
}

/** The families of a session: both without an address, and where the neighbor wants both. */
function familiesOf({ address = '', dualStackAddressFamily }: FrrNeighborView): readonly Family[] {
  const parsed = parseAddress(address);
  return parsed === undefined || dualStackAddressFamily ? ['ipv4', 'ipv6'] : [rangeOf(parsed).family];
}

function ofFamily(prefixes: readonly string[], neighbor: FrrNeighborView): Fault[] {
  const families = familiesOf(neighbor);
  const others = prefixes.filter((prefix) => {
    const family = familyOf(prefix);
    return family !== undefined && !families.includes(family);
  });
  return [
    ...noPrefixes(prefixes, nameOf(neighbor)),
    ...others.map((prefix) => ({
      message: `The session with ${nameOf(neighbor)} does not carry the family of ${prefix}.`,
      seen: prefix,
      allowed: 'prefixes of the family of its address, or dualStackAddressFamily: true',
      hint: 'remove the prefix, or set dualStackAddressFamily',
    })),
  ];
}

function notOfRouter(neighbor: FrrNeighborView, ofRouter: readonly string[]): Fault[] {
  return neighbor.toAdvertise.allowed.prefixes
    .filter((prefix) => !ofRouter.includes(prefix))
    .map((prefix) => ({
      message: `The FRRConfiguration tells ${nameOf(neighbor)} the prefix ${prefix}, which its router does not have.`,
      seen: prefix,
      allowed: listed(ofRouter),
      hint: 'add it to the prefixes of the router, in the same spelling',
    }));
}

function notTold(
  prefixes: readonly string[],
  told: readonly string[],
  what: string,
  neighbor: FrrNeighborView,
): Fault[] {
  return prefixes
    .filter((prefix) => !told.includes(prefix))
    .map((prefix) => ({
      message: `The FRRConfiguration gives ${prefix} ${what} for ${nameOf(neighbor)}, which is not told of the prefix.`,
      seen: prefix,
      allowed: listed(told),
      hint: 'add it to toAdvertise.allowed.prefixes, too',
    }));
}

function twice(prefixes: readonly string[], what: string, neighbor: FrrNeighborView): Fault[] {
  return prefixes
    .filter((prefix, index) => prefixes.indexOf(prefix) !== index)
    .map((prefix) => ({
      message: `The FRRConfiguration gives ${prefix} ${what} twice for ${nameOf(neighbor)}.`,
      seen: prefix,
      allowed: 'each prefix once',
      hint: 'remove one of the two',
    }));
}

/** Of one prefix, or one preference in two entries. */
function twoPreferences(neighbor: FrrNeighborView): Fault[] {
  const { withLocalPref, withCommunity } = neighbor.toAdvertise;
  const known = new Map<string, number>();
  const ofPrefixes = withLocalPref.flatMap(({ prefixes, localPref }) =>
    prefixes.flatMap((prefix): Fault[] => {
      const other = known.get(prefix);
      known.set(prefix, localPref);
      if (other === undefined || other === localPref) return [];
      return [
        {
          message: `The FRRConfiguration gives ${prefix} two values of localPref for ${nameOf(neighbor)}.`,
          seen: `${String(other)} and ${String(localPref)}`,
          allowed: 'one value for each prefix',
          hint: 'remove one of the two',
        },
      ];
    }),
  );
  const names = [
    ...withLocalPref.map(({ prefixes, localPref }) => ({ prefixes, what: `localPref ${String(localPref)}` })),
    ...withCommunity.map(({ prefixes, community }) => ({ prefixes, what: `community ${community}` })),
  ];
  const entries = names.filter(({ prefixes, what }, index) =>
    names.slice(0, index).some((other) => other.what === what && sharesFamily(other.prefixes, prefixes)),
  );
  return [
    ...ofPrefixes,
    ...entries.map(({ what }) => ({
      message: `The FRRConfiguration has two entries of the ${what} for ${nameOf(neighbor)}.`,
      seen: what,
      allowed: 'one entry, with all its prefixes of a family',
      hint: 'put the prefixes of the two together',
    })),
  ];
}

/** frr-k8s has a list for each family. */
function sharesFamily(one: readonly string[], other: readonly string[]): boolean {
  const families = other.map(familyOf);
  return one.some((prefix) => families.includes(familyOf(prefix)));
}

function ofCommunities(neighbor: FrrNeighborView): Fault[] {
  return neighbor.toAdvertise.withCommunity
    .filter(({ community }) => typeof readCommunity(community) === 'string')
    .map(({ community }) => ({
      message: `${community} is no community that frr-k8s reads.`,
      seen: community,
      allowed: '0:0 to 65535:65535, or large:A:B:C with numbers up to 4294967295',
      hint: 'correct it in toAdvertise.withCommunity',
    }));
}

function ofNextHop(neighbor: FrrNeighborView): Fault[] {
  const families = familiesOf(neighbor);
  return (['ipv4', 'ipv6'] as const).flatMap((family): Fault[] => {
    const value = neighbor.toAdvertise.nextHop[family] ?? '';
    const address = parseAddress(value);
    const fits = address !== undefined && rangeOf(address).family === family && families.includes(family);
    if (value === '' || fits) return [];
    return [
      {
        message: `The next hop ${family} for ${nameOf(neighbor)} is no address that its session carries.`,
        seen: value,
        allowed: `an address of ${families.includes(family) ? family : families.join(' or ')}`,
        hint: 'correct toAdvertise.nextHop, or leave it out',
      },
    ];
  });
}

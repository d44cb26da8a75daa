import {
  readSettings,
  settingsKeys,
  toIntent,
  type ClientNeighborIntent,
  type RouteServerIntent,
} from '@meshrs/contract';
import { listed, sideOf, type BuiltCluster } from '@meshrs/manifests/built';
import { contains, coverRest, formatAsnRange, rangeOf } from '@meshrs/network';
import { isEvicted, lostAsnsOf } from './evictions.ts';

/**
 * Clients that may have a session with a side, and that its settings to come refuse: a side that has them keeps them, and a
 * gate before another side waits until they are back there, which does not come.
 */
export function shutOutOf(before: BuiltCluster, after: BuiltCluster, side: string): readonly string[] {
  const [old, next] = [intentOf(before, side), intentOf(after, side)];
  if (!old || !next) return [];
  return [...undeclared(old, next), ...ranges(old, next), ...evicted(old, next), ...overLimit(old, next)];
}

/** Of any route server of a side: who its clients are they all have alike. */
function intentOf({ configMaps }: BuiltCluster, side: string): RouteServerIntent | undefined {
  const map = configMaps.find(({ view }) => sideOf(view).includes(side) && settingsKeys.settings in view.data);
  const settings = map && readSettings(settingsKeys.settings, map.view.data[settingsKeys.settings] ?? '');
  if (settings?.ok !== true) return undefined;
  const [name, routerId] = Object.entries(settings.value.routerIds)[0] ?? [];
  return name === undefined || routerId === undefined ? undefined : toIntent(settings.value, { name, routerId }, {});
}

function undeclared(old: RouteServerIntent, next: RouteServerIntent): string[] {
  const stay = new Set(declared(next).map(({ address }) => address));
  return declared(old)
    .filter(({ address }) => !stay.has(address))
    .filter(({ address, asn }) => {
      const isHeld = next.clientGroups.some(({ prefixes }) =>
        prefixes.some((prefix) => contains(rangeOf(prefix), rangeOf(address))),
      );
      return !isHeld || isEvicted(next, { address, asn });
    })
    .map(({ name, address }) => `client ${name} (${address})`);
}

function ranges(old: RouteServerIntent, next: RouteServerIntent): string[] {
  const [had, has] = [old, next].map(({ clientGroups }) => clientGroups.flatMap(({ prefixes }) => prefixes));
  const lost = coverRest(had ?? [], has ?? []);
  return lost.length === 0 ? [] : [`clients in ${listed(lost)} that are not declared`];
}

function evicted(old: RouteServerIntent, next: RouteServerIntent): string[] {
  return lostAsnsOf(old, next).map(
    ({ prefixes, asns }) => `clients of AS ${listed(asns.map(formatAsnRange))} in ${listed(prefixes)}`,
  );
}

function overLimit(old: RouteServerIntent, next: RouteServerIntent): string[] {
  const limits = new Map(declared(old).map(({ address, limit }) => [address, limit]));
  const clients = declared(next)
    .filter(({ address, limit }) => (limit ?? Infinity) < (limits.get(address) ?? Infinity) && limits.has(address))
    .map(({ name, limit }) => `client ${name}, if it sends more than ${String(limit)} prefixes`);
  const groups = next.clientGroups.flatMap(({ name, maximumPrefixes }) => {
    const was = old.clientGroups.find((group) => group.name === name);
    const isLower = was && (maximumPrefixes ?? Infinity) < (was.maximumPrefixes ?? Infinity);
    return isLower === true
      ? [`who comes from a range of ${name} and sends more than ${String(maximumPrefixes)} prefixes`]
      : [];
  });
  return [...clients, ...groups];
}

/** With the limit that counts for each: its own, else that of its group. */
function declared({
  clientGroups,
}: RouteServerIntent): (ClientNeighborIntent & { readonly limit: number | undefined })[] {
  return clientGroups.flatMap(({ neighbors, maximumPrefixes }) =>
    neighbors.map((client) => ({ ...client, limit: client.maximumPrefixes ?? maximumPrefixes })),
  );
}

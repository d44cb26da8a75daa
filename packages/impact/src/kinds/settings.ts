import { readSettings, settingsKeys, type ClientGroupSettings, type RouteServerSettings } from '@meshrs/contract';
import {
  listed,
  routeServerSets,
  sideOf,
  sidesWithRouteServers,
  type BuiltCluster,
  type ConfigMapView,
} from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/**
 * What a change of live settings does to sessions, by what is known of the engines: FRR resets the clients of a range
 * that goes and of a changed multihop; Junos those of a changed hold time too.
 */
export function settingsEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.configMaps, after.configMaps).flatMap(({ id, before: old, after: next }): Effect[] => {
    const oldText = old.data[settingsKeys.settings];
    const newText = next?.data[settingsKeys.settings];
    if (oldText === undefined || oldText === newText) return [];
    const own = sideOf(old);
    const sides = own.length > 0 ? own : sidesWithRouteServers(before);
    const { certain, possible } =
      newText === undefined
        ? { certain: ['the settings are gone'], possible: [] }
        : compareTexts(oldText, newText, podsOf(before, old));
    const effect = (kind: Effect['kind'], what: readonly string[]): Effect[] =>
      what.length === 0 ? [] : [{ kind, object: id, sides, detail: what.join('; ') }];
    return [...effect('resets', certain), ...effect('may-reset', possible)];
  });
}

interface SessionChanges {
  readonly certain: readonly string[];
  readonly possible: readonly string[];
}

function compareTexts(oldText: string, newText: string, pods: readonly string[]): SessionChanges {
  const [one, other] = [oldText, newText].map((text) => readSettings(settingsKeys.settings, text));
  if (!one?.ok || !other?.ok) return { certain: ['the settings cannot be read, so nothing is known'], possible: [] };
  return compareSettings(one.value, other.value, pods);
}

function compareSettings(old: RouteServerSettings, next: RouteServerSettings, pods: readonly string[]): SessionChanges {
  const global = (['asn', 'mode', 'engine', 'ribSharding'] as const)
    .filter((key) => old[key] !== next[key])
    .map((key) => `${key}: ${String(old[key])} -> ${String(next[key])}, all sessions`);
  const routerIds = pods
    .filter((pod) => old.routerIds[pod] !== undefined && old.routerIds[pod] !== next.routerIds[pod])
    .map(
      (pod) => `router-id of ${pod}: ${old.routerIds[pod] ?? ''} -> ${next.routerIds[pod] ?? 'none'}, all its sessions`,
    );
  const groups = old.bgpgroups.map((group) => compareGroup(group, next));
  return {
    certain: [...global, ...routerIds, ...groups.flatMap(({ certain }) => certain)],
    possible: groups.flatMap(({ possible }) => possible),
  };
}

type GroupSettings = RouteServerSettings['bgpgroups'][number];

function compareGroup(group: GroupSettings, next: RouteServerSettings): SessionChanges {
  const other = next.bgpgroups.find(({ name }) => name === group.name);
  if (other?.type === 'mesh' && group.type === 'mesh') {
    const fewer = (other.max_peers ?? Infinity) < (group.max_peers ?? Infinity);
    return { certain: fewer ? [`${group.name} keeps fewer peers of the mesh`] : [], possible: [] };
  }
  if (other?.type === 'subtractive' && group.type === 'subtractive') {
    return compareClientGroup(group, other, next.engine === 'crpd');
  }
  return { certain: [`the group ${group.name} is gone, all its sessions`], possible: [] };
}

function compareClientGroup(old: ClientGroupSettings, next: ClientGroupSettings, isJunos: boolean): SessionChanges {
  const certain: string[] = [];
  const inGroup = (what: string): void => {
    certain.push(`${old.name}: ${what}`);
  };
  const lostPrefixes = old.prefixes.filter((prefix) => !next.prefixes.includes(prefix));
  if (lostPrefixes.length > 0) inGroup(`no range ${listed(lostPrefixes)} any more, its clients`);
  if (old.multihopTtl !== next.multihopTtl || old.ttlSecurityHops !== next.ttlSecurityHops) {
    inGroup('another distance of clients, all its sessions');
  }
  if (lowered(old.maximumPrefixes, next.maximumPrefixes)) inGroup('fewer prefixes a client, those that have more');
  const lostAsns = old.asranges.filter(
    ({ first, last }) => !next.asranges.some((range) => range.first <= first && range.last >= last),
  );
  if (next.asranges.length > 0 && (lostAsns.length > 0 || old.asranges.length === 0)) {
    inGroup('fewer AS numbers, the clients that have one of them');
  }
  if (isJunos && old.timers.holdSeconds !== next.timers.holdSeconds) inGroup('another hold time, all its sessions');
  for (const neighbor of old.neighbors) {
    const other = next.neighbors.find(({ address }) => address === neighbor.address);
    const client = `client ${neighbor.name} (${neighbor.address})`;
    if (!other) inGroup(`${client} is no neighbor any more`);
    else if (other.asn !== neighbor.asn) inGroup(`${client} has another AS`);
    else if (isJunos && (other.sharedAsn ?? false) !== (neighbor.sharedAsn ?? false))
      inGroup(`${client} shares its AS or not`);
    else if (lowered(neighbor.maximumPrefixes, other.maximumPrefixes)) inGroup(`${client} may send fewer prefixes`);
  }
  const known = new Set(old.neighbors.map(({ address }) => address));
  const possible = next.neighbors
    .filter(({ address }) => !known.has(address))
    .map(
      ({ name, address }) => `${old.name}: client ${name} (${address}) is declared now, if it has a session already`,
    );
  return { certain, possible };
}

function lowered(old: number | undefined, next: number | undefined): boolean {
  return next !== undefined && next < (old ?? Infinity);
}

/** The pods of the side that a ConfigMap belongs to. */
function podsOf(cluster: BuiltCluster, configMap: ConfigMapView): string[] {
  const sides = sideOf(configMap);
  return routeServerSets(cluster)
    .filter(({ template }) => sides.length === 0 || sides.includes(template.metadata.labels['side'] ?? ''))
    .flatMap(({ pods }) => pods.map(({ name }) => name));
}

import type { ClientGroupSettings, RouteServerSettings } from '@meshrs/contract';
import { listed } from '@meshrs/manifests/built';
import { contains, rangeOf } from '@meshrs/network';
import { certainly, allOf, type SessionChanges, type SettingsPair } from './session-changes.ts';

/**
 * What Junos does, by its documentation ("Configuring BGP", the notes on each statement): there is no differ of Junos'
 * configuration yet that could be asked instead.
 */
export function junosSessions(pair: SettingsPair, pods: readonly string[]): SessionChanges {
  const { before, after } = pair;
  const global = (['asn', 'mode', 'ribSharding'] as const)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${String(before[key])} -> ${String(after[key])}: all sessions reset`);
  const routerIds = pods.flatMap((pod) => {
    const [old, next] = [before.routerIds[pod], after.routerIds[pod]];
    return old === undefined || old === next
      ? []
      : [`router-id of ${pod}: ${old} -> ${next ?? 'none'}: all its sessions reset`];
  });
  return allOf([certainly(...global, ...routerIds), ...before.bgpgroups.map((group) => compareGroup(group, pair))]);
}

function compareGroup(
  group: SettingsPair['before']['bgpgroups'][number],
  { before, after }: SettingsPair,
): SessionChanges {
  const next = after.bgpgroups.find(({ name }) => name === group.name);
  if (next?.type === 'mesh' && group.type === 'mesh') return certainly();
  if (next?.type === 'subtractive' && group.type === 'subtractive') return compareClientGroup(group, next, before);
  return certainly(`group ${group.name} removed: all its sessions reset`);
}

function compareClientGroup(
  old: ClientGroupSettings,
  next: ClientGroupSettings,
  { bgpgroups }: RouteServerSettings,
): SessionChanges {
  const certain: string[] = [];
  const inGroup = (what: string): void => {
    certain.push(`${old.name}: ${what}`);
  };
  const lostPrefixes = old.prefixes.filter((prefix) => !next.prefixes.includes(prefix));
  if (lostPrefixes.length > 0) inGroup(`listen range ${listed(lostPrefixes)} removed: sessions of its clients reset`);
  if (old.multihopTtl !== next.multihopTtl || old.ttlSecurityHops !== next.ttlSecurityHops) {
    inGroup('TTL changed: all its sessions reset');
  }
  if (isLowered(old.maximumPrefixes, next.maximumPrefixes))
    inGroup('maximum-prefix lowered: sessions with more prefixes reset');
  const lostAsns = old.asranges.filter(
    ({ first, last }) => !next.asranges.some((range) => range.first <= first && range.last >= last),
  );
  if (next.asranges.length > 0 && (lostAsns.length > 0 || old.asranges.length === 0)) {
    inGroup('AS numbers no longer allowed: sessions of clients that have one reset');
  }
  if (old.timers.holdSeconds !== next.timers.holdSeconds) inGroup('hold time changed: all its sessions reset');
  for (const neighbor of old.neighbors) {
    const other = next.neighbors.find(({ address }) => address === neighbor.address);
    const client = `client ${neighbor.name} (${neighbor.address})`;
    if (!other) inGroup(`${client} is not declared any more: its session resets`);
    else if (other.asn !== neighbor.asn) inGroup(`${client}: remote AS changed: its session resets`);
    else if ((other.sharedAsn ?? false) !== (neighbor.sharedAsn ?? false))
      inGroup(`${client}: sharedAsn changed: its session resets`);
    else if (isLowered(neighbor.maximumPrefixes, other.maximumPrefixes))
      inGroup(`${client}: maximum-prefix lowered: its session resets, if it has more prefixes`);
  }
  const groups = bgpgroups.filter((group) => group.type === 'subtractive');
  const known = new Set(groups.flatMap(({ neighbors }) => neighbors.map(({ address }) => address)));
  const ranges = groups.flatMap(({ prefixes }) => prefixes.map(rangeOf));
  const possible = next.neighbors
    .filter(({ address }) => !known.has(address) && ranges.some((range) => contains(range, rangeOf(address))))
    .map(
      ({ name, address }) =>
        `${old.name}: client ${name} (${address}) is declared now: its session resets, if it has one from a listen range`,
    );
  return { certain, possible };
}

function isLowered(old: number | undefined, next: number | undefined): boolean {
  return next !== undefined && next < (old ?? Infinity);
}

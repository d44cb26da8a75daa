import type { ClientGroupSettings } from '@meshrs/contract';
import { listed } from '@meshrs/manifests/built';
import { certainly, allOf, type SessionChanges, type SettingsPair } from './session-changes.ts';

/**
 * What Junos does, by its documentation ("Configuring BGP", the notes on each statement): there is no differ of Junos'
 * configuration yet that could be asked instead.
 */
export function junosSessions(pair: SettingsPair, pods: readonly string[]): SessionChanges {
  const { before, after } = pair;
  const global = (['asn', 'mode', 'ribSharding'] as const)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${String(before[key])} -> ${String(after[key])}, all sessions`);
  const routerIds = pods.flatMap((pod) => {
    const [old, next] = [before.routerIds[pod], after.routerIds[pod]];
    return old === undefined || old === next
      ? []
      : [`router-id of ${pod}: ${old} -> ${next ?? 'none'}, all its sessions`];
  });
  return allOf([certainly(...global, ...routerIds), ...before.bgpgroups.map((group) => compareGroup(group, pair))]);
}

function compareGroup(group: SettingsPair['before']['bgpgroups'][number], { after }: SettingsPair): SessionChanges {
  const next = after.bgpgroups.find(({ name }) => name === group.name);
  if (next?.type === 'mesh' && group.type === 'mesh') return certainly();
  if (next?.type === 'subtractive' && group.type === 'subtractive') return compareClientGroup(group, next);
  return certainly(`the group ${group.name} is gone, all its sessions`);
}

function compareClientGroup(old: ClientGroupSettings, next: ClientGroupSettings): SessionChanges {
  const certain: string[] = [];
  const inGroup = (what: string): void => {
    certain.push(`${old.name}: ${what}`);
  };
  const lostPrefixes = old.prefixes.filter((prefix) => !next.prefixes.includes(prefix));
  if (lostPrefixes.length > 0) inGroup(`no range ${listed(lostPrefixes)} any more, its clients`);
  if (old.multihopTtl !== next.multihopTtl || old.ttlSecurityHops !== next.ttlSecurityHops) {
    inGroup('another distance of clients, all its sessions');
  }
  if (isLowered(old.maximumPrefixes, next.maximumPrefixes)) inGroup('fewer prefixes a client, those that have more');
  const lostAsns = old.asranges.filter(
    ({ first, last }) => !next.asranges.some((range) => range.first <= first && range.last >= last),
  );
  if (next.asranges.length > 0 && (lostAsns.length > 0 || old.asranges.length === 0)) {
    inGroup('fewer AS numbers, the clients that have one of them');
  }
  if (old.timers.holdSeconds !== next.timers.holdSeconds) inGroup('another hold time, all its sessions');
  for (const neighbor of old.neighbors) {
    const other = next.neighbors.find(({ address }) => address === neighbor.address);
    const client = `client ${neighbor.name} (${neighbor.address})`;
    if (!other) inGroup(`${client} is no neighbor any more`);
    else if (other.asn !== neighbor.asn) inGroup(`${client} has another AS`);
    else if ((other.sharedAsn ?? false) !== (neighbor.sharedAsn ?? false)) inGroup(`${client} shares its AS or not`);
    else if (isLowered(neighbor.maximumPrefixes, other.maximumPrefixes)) inGroup(`${client} may send fewer prefixes`);
  }
  const known = new Set(old.neighbors.map(({ address }) => address));
  const possible = next.neighbors
    .filter(({ address }) => !known.has(address))
    .map(
      ({ name, address }) => `${old.name}: client ${name} (${address}) is declared now, if it has a session already`,
    );
  return { certain, possible };
}

function isLowered(old: number | undefined, next: number | undefined): boolean {
  return next !== undefined && next < (old ?? Infinity);
}

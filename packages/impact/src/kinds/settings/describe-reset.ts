import type { ClientNeighborIntent, RouteServerIntent } from '@meshrs/contract';
import { listed } from '@meshrs/manifests/built';
import { contains, formatAsdot, isCovered, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import type { PlannedChange, SessionsReset } from '@meshrs/router-config/frr';
import { commonPrefixes } from './common-prefixes.ts';
import { isEvicted } from './evictions.ts';

export interface Intents {
  readonly before: RouteServerIntent;
  readonly after: RouteServerIntent;
}

/**
 * Which sessions a planned change certainly resets, in an operator's words; undefined: none. Who may have come from a
 * range before it is declared, `describeDeclared` tells.
 */
export function describeReset({ change, resets }: PlannedChange, intents: Intents): string | undefined {
  switch (resets.kind) {
    case 'none':
      return undefined;
    case 'all':
      return `${allChanges(resets.because, intents)}: all its sessions reset`;
    case 'group':
      return describeGroup(resets, intents);
    case 'range':
      return describeRange(resets, intents);
    case 'neighbor':
      return describeNeighbor(resets, intents, change.kind === 'neighbor-removed');
  }
}

function allChanges(because: readonly string[], { before, after }: Intents): string {
  if (before.asn !== after.asn) return `AS of ${before.name}: ${formatAsdot(before.asn)} -> ${formatAsdot(after.asn)}`;
  if (before.routerId !== after.routerId) {
    return `router-id of ${before.name}: ${before.routerId} -> ${after.routerId}`;
  }
  return `${before.name}: ${because.join(' and ')} changed`;
}

function describeGroup(reset: Extract<SessionsReset, { kind: 'group' }>, { before, after }: Intents): string {
  const { group, because, only } = reset;
  const [old, next] = [before, after].map(({ clientGroups }) => clientGroups.find(({ name }) => name === group));
  if (only === 'over-limit') {
    return `peer group ${group}: maximum-prefix ${String(next?.maximumPrefixes)}: sessions with more prefixes reset, and stay down while they send more`;
  }
  const isAnew = because.length === 0;
  const what = isAnew ? (isLeft(group, after) ? 'made anew' : 'removed') : `${because.join(' and ')} changed`;
  if (!old) return `peer group ${group}: ${what}: its mesh sessions reset`;
  const names = namesAnd(old.neighbors, 'clients from its listen ranges');
  const refused = isAnew ? refusedAfterwards(old.prefixes, after) : '';
  return `peer group ${group}: ${what}: sessions of ${names} reset${refused}`;
}

function isLeft(group: string, { meshGroups, clientGroups }: RouteServerIntent): boolean {
  return [...meshGroups, ...clientGroups].some(({ name }) => name === group);
}

/** Clients that were declared before have not come from the range, and stay. */
function describeRange({ prefix, group }: Extract<SessionsReset, { kind: 'range' }>, { after }: Intents): string {
  const left = after.clientGroups.flatMap(({ name, prefixes }) => {
    const part = commonPrefixes([prefix], prefixes);
    return part.length === 0 ? [] : [{ name, part }];
  });
  const places = left.map(({ name, part }) =>
    name === group ? listed(part) : `${listed(part)} of peer group ${name}`,
  );
  const isWhole = isCovered(
    prefix,
    left.flatMap(({ part }) => part),
  );
  const what = left.length === 0 ? 'removed' : `${isWhole ? 'is now' : 'narrowed to'} ${listed(places)}`;
  const refused = refusedAfterwards([prefix], after);
  return `listen range ${prefix} ${what}: sessions of clients in it that are not declared reset${refused}`;
}

/** Who of the clients of these ranges does not come back. */
function refusedAfterwards(prefixes: readonly IpPrefix[], after: RouteServerIntent): string {
  const ranges = after.clientGroups.flatMap((group) => group.prefixes);
  if (prefixes.every((prefix) => isCovered(prefix, ranges))) return '';
  const left = commonPrefixes(prefixes, ranges);
  const where = left.length === 0 ? '' : ` outside ${listed(left)}`;
  return `; clients${where} that are not declared are refused from then on`;
}

function describeNeighbor(
  { address, because, only }: Extract<SessionsReset, { kind: 'neighbor' }>,
  { before, after }: Intents,
  isRemoved: boolean,
): string | undefined {
  const old = declaredClients(before).find((one) => one.address === address);
  const next = declaredClients(after).find((one) => one.address === address);
  const client = `client ${(next ?? old)?.name ?? ''} (${address})`;
  if (only === 'from-range') return undefined;
  if (only === 'over-limit') {
    const limit = next?.maximumPrefixes ?? groupOf(after, address)?.maximumPrefixes;
    return `${client}: maximum-prefix ${String(limit)}: its session resets, if it has more prefixes, and stays down while it sends more`;
  }
  if (!isRemoved) return `${client}: ${because.join(' and ')} changed: its session resets`;
  return `${client} is not declared any more: its session resets${old ? afterwards(old, after) : ''}`;
}

/** Clients that are declared now: a listen range may have let them in before, and bgpd makes such a session anew. */
export function describeDeclared({ before, after }: Intents): readonly string[] {
  const known = new Set(declaredClients(before).map(({ address }) => address));
  const ranges = before.clientGroups.flatMap(({ prefixes }) => prefixes);
  return declaredClients(after)
    .filter(({ address }) => !known.has(address) && ranges.some((prefix) => isIn(address, prefix)))
    .map(
      ({ name, address }) =>
        `client ${name} (${address}) is declared now: its session resets, if it has one from a listen range`,
    );
}

/** Whether a client that is not declared any more may come back. */
function afterwards({ address, asn }: ClientNeighborIntent, after: RouteServerIntent): string {
  const range = after.clientGroups.flatMap(({ prefixes }) => prefixes).find((prefix) => isIn(address, prefix));
  if (range === undefined) return ' and does not come back: no listen range holds it';
  return isEvicted(after, { address, asn })
    ? ` and does not come back: its AS ${formatAsdot(asn)} is not allowed in listen range ${range}`
    : `; it comes back from listen range ${range}`;
}

function groupOf({ clientGroups }: RouteServerIntent, address: IpAddress) {
  return clientGroups.find(({ neighbors }) => neighbors.some((one) => one.address === address));
}

function declaredClients({ clientGroups }: RouteServerIntent): readonly ClientNeighborIntent[] {
  return clientGroups.flatMap(({ neighbors }) => neighbors);
}

function isIn(address: IpAddress, prefix: IpPrefix): boolean {
  return contains(rangeOf(prefix), rangeOf(address));
}

/** "dc1-leaf1, dc2-leaf1 and clients from its listen ranges". */
function namesAnd(clients: readonly ClientNeighborIntent[], others: string): string {
  const names = clients.map(({ name }) => name);
  const shown = names.length > 6 ? [...names.slice(0, 5), `${String(names.length - 5)} more`] : names;
  return shown.length === 0 ? others : `${shown.join(', ')} and ${others}`;
}

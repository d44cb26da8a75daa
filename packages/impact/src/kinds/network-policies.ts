import { coverRest, parsePrefix, type IpPrefix } from '@meshrs/network';
import { labels, portNames, ports } from '@meshrs/contract';
import {
  changedPaths,
  listed,
  selectedPods,
  sidesWithRouteServers,
  type Built,
  type BuiltCluster,
  type NetworkPolicyView,
} from '@meshrs/manifests/built';
import { resetting, type Effect } from '../effect.ts';

/** Traffic to route servers that was let through and is not any more. Policies add up, so all of a side count. */
export function networkPolicyEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return sidesWithRouteServers(before).flatMap((side) => {
    const old = policiesOver(before, side);
    const next = policiesOver(after, side);
    return [...firstOnes(side, old, next), ...directions.flatMap((direction) => closedBy(direction, side, old, next))];
  });
}

type Policies = readonly Built<NetworkPolicyView>[];

const directions = ['from', 'to'] as const;

/** Directions that no policy was about, and one is: all that it does not allow ends. */
function firstOnes(side: string, old: Policies, next: Policies): Effect[] {
  const first = directions.filter(
    (direction) =>
      next.some(({ view }) => isAbout(view, direction)) && !old.some(({ view }) => isAbout(view, direction)),
  );
  const policy = next.find(({ view }) => first.some((direction) => isAbout(view, direction)));
  if (!policy) return [];
  const traffic = first.length > 1 ? 'traffic' : `traffic ${first.includes('from') ? 'to' : 'from'} its route servers`;
  const detail = `a new NetworkPolicy blocks all ${traffic} that it does not allow`;
  return [{ kind: 'resets', object: policy.id, sides: [side], detail }];
}

function closedBy(direction: Direction, side: string, old: Policies, next: Policies): Effect[] {
  // Where no policy is about a direction, all of it is open (Kubernetes documentation, "Network Policies").
  if (!next.some(({ view }) => isAbout(view, direction))) return [];
  const open = next.flatMap(({ view }) => openings(view, direction));
  return old.flatMap(({ id, view }): Effect[] => {
    const closed = openings(view, direction).flatMap((opening) => {
      const place = closedPlace(opening, open);
      return place === undefined ? [] : [{ ...opening, place }];
    });
    if (closed.length === 0) return [];
    const sides = closed.some(carriesBgp) ? [side] : [];
    return [resetting({ object: id, sides }, `no longer allows ${closed.map(describe).join('; ')}`)];
  });
}

/** The policies that apply to route servers of a side. */
function policiesOver(cluster: BuiltCluster, side: string): Built<NetworkPolicyView>[] {
  return cluster.networkPolicies.filter(({ view: { metadata, spec } }) =>
    selectedPods(cluster, metadata.namespace, spec.podSelector).some((pod) => pod.labels[labels.side] === side),
  );
}

type Fields = Readonly<Record<string, unknown>>;

type Direction = (typeof directions)[number];

/** One port from or to one peer. Undefined: any. */
interface Opening {
  readonly direction: Direction;
  readonly port: Fields | undefined;
  readonly peer: Fields | undefined;
  readonly cidr: string | undefined;
}

function openings(view: NetworkPolicyView, direction: Direction): Opening[] {
  if (!isAbout(view, direction)) return [];
  return rules(direction === 'from' ? view.spec.ingress : view.spec.egress, direction);
}

/** Without a list of its own a policy is about what comes in, and about what goes out where it has rules for it. */
function isAbout({ spec }: NetworkPolicyView, direction: Direction): boolean {
  const types = spec.policyTypes;
  const type = direction === 'from' ? 'Ingress' : 'Egress';
  if (Array.isArray(types) && types.length > 0) return types.includes(type);
  return direction === 'from' || spec.egress.length > 0;
}

function rules(list: unknown, direction: Opening['direction']): Opening[] {
  return asList(list).flatMap((rule) =>
    orAny(asList(rule['ports'])).flatMap((port) =>
      orAny(asList(rule[direction])).map((peer) => ({ direction, port, peer, cidr: peer && wholePrefix(peer) })),
    ),
  );
}

/** The prefix of a peer that is one and has no exceptions. */
function wholePrefix(peer: Fields): string | undefined {
  const [block] = asList([peer['ipBlock']]);
  const cidr = block?.['cidr'];
  return typeof cidr === 'string' && block?.['except'] === undefined ? cidr : undefined;
}

/**
 * What of an opening no other lets through any more, alone or, for prefixes, together; undefined: nothing. "10.0.0.0/8",
 * "anywhere".
 */
function closedPlace(wanted: Opening, openings: readonly Opening[]): string | undefined {
  const fitting = openings.filter(
    ({ direction, port }) => direction === wanted.direction && (port === undefined || isSame(port, wanted.port)),
  );
  if (fitting.some(({ peer }) => peer === undefined || isSame(peer, wanted.peer))) return undefined;
  if (wanted.peer === undefined) return 'anywhere';
  const prefix = prefixOf(wanted);
  if (prefix === undefined) return wanted.cidr ?? JSON.stringify(wanted.peer);
  const rest = coverRest(
    [prefix],
    fitting.flatMap((opening) => prefixOf(opening) ?? []),
  );
  return rest.length === 0 ? undefined : listed(rest);
}

/** Kubernetes takes the network around an address with host bits, as Go's net.ParseCIDR does. */
function prefixOf({ cidr = '' }: Opening): IpPrefix | undefined {
  const parsed = parsePrefix(cidr);
  return parsed && ('prefix' in parsed ? parsed.prefix : parsed.hostBitsOf);
}

function isSame(one: Fields, other: Fields | undefined): boolean {
  return changedPaths(one, other).length === 0;
}

function carriesBgp({ port }: Opening): boolean {
  const number = port?.['port'];
  const last = port?.['endPort'];
  if (number === undefined || number === portNames.bgp) return true;
  if (typeof number !== 'number') return false;
  return number <= ports.bgp && ports.bgp <= (typeof last === 'number' ? last : number);
}

function describe({ direction, port, place }: Opening & { readonly place: string }): string {
  const number = port?.['port'];
  return `${number === undefined ? 'any port' : `port ${JSON.stringify(number)}`} ${direction} ${place}`;
}

function orAny<T>(list: readonly T[]): (T | undefined)[] {
  return list.length > 0 ? [...list] : [undefined];
}

function asList(value: unknown): Fields[] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is Fields => typeof entry === 'object' && entry !== null);
}

import { parseAddress, parseAsn, parsePrefix, sortByAddress, type IpAddress } from '@meshrs/network';
import {
  emptyFrrConfig,
  frrDefaults,
  frrFamilies,
  type AsPathPattern,
  type FrrConfig,
  type FrrFamily,
  type FrrRouter,
  type GroupFamily,
  type MaximumPrefixes,
  type Neighbor,
  type PeerGroup,
  type Shutdown,
} from './config.ts';
import { toFrrLine, toFrrWord, type FrrWord } from './words.ts';

/** bgpd's running configuration, read. */
export interface RunningConfig {
  readonly version: string;
  readonly config: FrrConfig;
  /** Lines that the agent knows nothing of, each with the line that it stands under. */
  readonly unknownLines: readonly string[];
}

/**
 * Reads the text of `show running-config`. What the agent renders is understood to the last line; what somebody else
 * wrote is kept as `unknownLines`.
 */
export function parseRunningConfig(text: string): RunningConfig {
  const reader = createReader();
  let top = '';
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('!') || line === 'exit' || line === 'end') continue;
    const isInner = raw.startsWith(' ');
    if (!isInner) top = line;
    if (!reader.read(line, isInner ? top : undefined)) reader.unknown(isInner ? `${top}: ${line}` : line);
  }
  return reader.result();
}

/** Lines that say how bgpd was started or what it is, not what it was told. */
const processLines = [/^frr defaults traditional$/, /^bgp no-rib$/];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface GroupDraft extends Mutable<Omit<PeerGroup, 'family'>> {
  family?: Mutable<GroupFamily>;
}
type NeighborDraft = Mutable<Neighbor>;

function createReader() {
  const unknownLines: string[] = [];
  const patterns = new Map<string, { sequence: number; pattern: AsPathPattern }[]>();
  const routeMaps = new Map<string, { name: FrrWord; matchAsPath?: FrrWord }>();
  const groups = new Map<string, GroupDraft>();
  const neighbors = new Map<string, NeighborDraft>();
  const ranges: FrrRouter['ranges'][number][] = [];
  let version = '';
  let hostname: FrrWord | undefined;
  let router: Mutable<Omit<FrrRouter, 'groups' | 'neighbors' | 'ranges'>> | undefined;
  let routerLine: string | undefined;
  let family: FrrFamily | 'other' | undefined;

  return {
    unknown: (line: string) => {
      unknownLines.push(line);
    },
    /** `top` is the unindented line above; false: not understood. */
    read: (line: string, top: string | undefined): boolean => {
      if (top === undefined) return readTop(line);
      if (top.startsWith('route-map ')) return readRouteMap(line, top);
      return top === routerLine && readRouter(line);
    },
    result: (): RunningConfig => ({
      version,
      unknownLines,
      config: {
        ...emptyFrrConfig,
        ...(hostname !== undefined && { hostname }),
        asPathLists: [...patterns.entries()]
          .map(([name, entries]) => ({
            name: toFrrWord(name),
            patterns: entries.sort((one, other) => one.sequence - other.sequence).map(({ pattern }) => pattern),
          }))
          .sort(byName),
        routeMaps: [...routeMaps.values()].sort(byName),
        ...(router && {
          router: {
            ...router,
            groups: [...groups.values()].sort(byName),
            neighbors: sortByAddress([...neighbors.values()], ({ address }) => address),
            ranges: sortByAddress(ranges, ({ prefix }) => prefix),
          },
        }),
      },
    }),
  };

  function readTop(line: string): boolean {
    if (processLines.some((known) => known.test(line))) return true;
    const [first = '', second = '', ...rest] = line.split(' ');
    if (first === 'frr' && second === 'version') {
      version = rest.join(' ');
      return true;
    }
    if (first === 'hostname') {
      hostname = word(second);
      return hostname !== undefined;
    }
    if (line.startsWith('bgp as-path access-list ')) return readAsPathList(line);
    if (first === 'route-map') return startRouteMap(second, rest.join(' '));
    return first === 'router' && second === 'bgp' && startRouter(line, rest);
  }

  function readAsPathList(line: string): boolean {
    const parts = /^bgp as-path access-list (\S+) seq (\d+) permit (\S+)$/.exec(line);
    const [, name = '', sequence = '', pattern = ''] = parts ?? [];
    if (!parts || word(name) === undefined) return false;
    const entries = patterns.get(name) ?? [];
    patterns.set(name, entries);
    entries.push({ sequence: Number(sequence), pattern: pattern as AsPathPattern });
    return true;
  }

  function startRouteMap(text: string, rest: string): boolean {
    const name = word(text);
    if (name === undefined || rest !== 'permit 10') return false;
    routeMaps.set(name, { name });
    return true;
  }

  function readRouteMap(line: string, top: string): boolean {
    const [, name = '', ...rest] = top.split(' ');
    const map = routeMaps.get(name);
    const list = /^match as-path (\S+)$/.exec(line)?.[1];
    const listName = list === undefined ? undefined : word(list);
    if (!map || rest.join(' ') !== 'permit 10' || listName === undefined) return false;
    map.matchAsPath = listName;
    return true;
  }

  function startRouter(line: string, rest: readonly string[]): boolean {
    const asn = parseAsn(rest[0] ?? '');
    // A second instance (`router bgp N vrf X`) is somebody else's.
    if (asn === undefined || rest.length > 1 || router) return false;
    routerLine = line;
    router = {
      asn,
      listenLimit: frrDefaults.listenLimit,
      logsNeighborChanges: false,
      hasDefaultIpv4Unicast: true,
      isGracefulShutdown: false,
    };
    return true;
  }

  function readRouter(line: string): boolean {
    if (!router) return false;
    const familyName = /^address-family (.+)$/.exec(line)?.[1];
    if (familyName !== undefined) {
      family = frrFamilies.find((each) => each === familyName) ?? 'other';
      return family !== 'other';
    }
    if (line === 'exit-address-family') {
      family = undefined;
      return true;
    }
    if (family === 'other') return false;
    if (line.startsWith('neighbor ')) {
      const [, name = '', ...rest] = line.split(' ');
      return family === undefined ? readNeighbor(name, rest) : readFamilyLine(family, name, rest.join(' '));
    }
    return family === undefined && readRouterLine(router, line);
  }

  function readRouterLine(bgp: NonNullable<typeof router>, line: string): boolean {
    if (line === 'bgp log-neighbor-changes') bgp.logsNeighborChanges = true;
    else if (line === 'no bgp default ipv4-unicast') bgp.hasDefaultIpv4Unicast = false;
    else if (line === 'bgp graceful-shutdown') bgp.isGracefulShutdown = true;
    else return readRouterValue(bgp, line);
    return true;
  }

  function readRouterValue(bgp: NonNullable<typeof router>, line: string): boolean {
    const routerId = parseAddress(/^bgp router-id (\S+)$/.exec(line)?.[1] ?? '');
    if (routerId !== undefined) {
      bgp.routerId = routerId;
      return true;
    }
    const limit = /^bgp listen limit (\d+)$/.exec(line)?.[1];
    if (limit !== undefined) {
      bgp.listenLimit = Number(limit);
      return true;
    }
    const [, prefixText = '', groupText = ''] = /^bgp listen range (\S+) peer-group (\S+)$/.exec(line) ?? [];
    const parsed = parsePrefix(prefixText);
    const group = word(groupText);
    if (!parsed || !('prefix' in parsed) || group === undefined) return false;
    ranges.push({ prefix: parsed.prefix, group });
    return true;
  }

  function readNeighbor(name: string, rest: readonly string[]): boolean {
    if (rest.length === 1 && rest[0] === 'peer-group') return startGroup(name);
    const group = groups.get(name);
    if (group) return readGroupLine(group, rest.join(' '));
    const address = parseAddress(name);
    return address !== undefined && readNeighborLine(address, rest.join(' '));
  }

  function startGroup(text: string): boolean {
    const name = word(text);
    if (name === undefined) return false;
    groups.set(name, {
      name,
      timers: frrDefaults.timers,
      connectSeconds: frrDefaults.connectSeconds,
      isGracefulRestartDisabled: false,
    });
    return true;
  }

  function readGroupLine(group: GroupDraft, text: string): boolean {
    const shutdown = parseShutdown(text);
    const [, key = '', ...values] =
      /^(remote-as|timers|timers connect|ebgp-multihop|ttl-security hops) ?(internal|external|\d+)? ?(\d+)?$/.exec(
        text,
      ) ?? [];
    const [first = ''] = values;
    if (text === 'graceful-restart-disable') group.isGracefulRestartDisabled = true;
    else if (shutdown) group.shutdown = shutdown;
    else if (key === 'remote-as' && (first === 'internal' || first === 'external')) group.remoteAs = first;
    else if (key === 'timers') group.timers = { keepaliveSeconds: Number(first), holdSeconds: Number(values[1]) };
    else if (key === 'timers connect') group.connectSeconds = Number(first);
    // The largest TTL is written as none; see RFC 791, eight bits.
    else if (key === 'ebgp-multihop') group.distance = { kind: 'multihop', ttl: first === '' ? 255 : Number(first) };
    else if (key === 'ttl-security hops') group.distance = { kind: 'ttl-security', hops: Number(first) };
    else return false;
    return true;
  }

  function readNeighborLine(address: IpAddress, text: string): boolean {
    const neighbor = neighbors.get(address) ?? { address, isPassive: false, isGracefulRestartDisabled: false };
    const shutdown = parseShutdown(text);
    const group = word(/^peer-group (\S+)$/.exec(text)?.[1] ?? '');
    const asn = parseAsn(/^remote-as (\d+)$/.exec(text)?.[1] ?? '');
    const description = /^description (.+)$/.exec(text)?.[1];
    if (text === 'passive') neighbor.isPassive = true;
    else if (text === 'graceful-restart-disable') neighbor.isGracefulRestartDisabled = true;
    else if (shutdown) neighbor.shutdown = shutdown;
    else if (group !== undefined) neighbor.group = group;
    else if (asn !== undefined) neighbor.remoteAs = asn;
    else if (text === 'remote-as external') neighbor.remoteAs = 'external';
    else if (description !== undefined) neighbor.description = toFrrLine(description);
    else return false;
    neighbors.set(address, neighbor);
    return true;
  }

  function readFamilyLine(name: FrrFamily, target: string, text: string): boolean {
    const maximumPrefixes = parseMaximumPrefixes(text);
    const group = groups.get(target);
    if (group) return readGroupFamilyLine(group, name, text, maximumPrefixes);
    const neighbor = neighbors.get(target);
    if (!neighbor || !maximumPrefixes) return false;
    neighbor.maximumPrefixes = maximumPrefixes;
    return true;
  }

  function readGroupFamilyLine(
    group: GroupDraft,
    name: FrrFamily,
    text: string,
    maximumPrefixes: MaximumPrefixes | undefined,
  ): boolean {
    // A group has one family; lines in a second one are somebody else's.
    if (group.family && group.family.name !== name) return false;
    const draft: Mutable<GroupFamily> = group.family ?? { name, isActive: false, isReflectorClient: false };
    const routeMap = /^route-map (\S+) (in|out)$/.exec(text);
    const mapName = word(routeMap?.[1] ?? '');
    if (text === 'activate') draft.isActive = true;
    else if (text === 'route-reflector-client') draft.isReflectorClient = true;
    else if (maximumPrefixes) draft.maximumPrefixes = maximumPrefixes;
    else if (mapName !== undefined && routeMap?.[2] === 'in') draft.routeMapIn = mapName;
    else if (mapName !== undefined && routeMap?.[2] === 'out') draft.routeMapOut = mapName;
    else return false;
    group.family = draft;
    return true;
  }
}

function parseShutdown(text: string): Shutdown | undefined {
  if (text === 'shutdown') return {};
  const message = /^shutdown message (.+)$/.exec(text)?.[1];
  return message === undefined ? undefined : { message: toFrrLine(message) };
}

function parseMaximumPrefixes(text: string): MaximumPrefixes | undefined {
  const parts = /^maximum-prefix (\d+)(?: restart (\d+))?$/.exec(text);
  if (!parts) return undefined;
  const restart = parts[2];
  return { limit: Number(parts[1]), ...(restart !== undefined && { restartMinutes: Number(restart) }) };
}

/** A name that the agent could have written; others are somebody else's and stay unknown. */
function word(text: string): FrrWord | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text) ? toFrrWord(text) : undefined;
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

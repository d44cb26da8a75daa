import { parseAsn, parsePrintedAddress, sortByAddress, type IpAddress } from '@meshrs/network';
import {
  emptyFrrConfig,
  frrFamilies,
  type FrrConfig,
  type FrrFamily,
  type FrrRouter,
  type GroupFamily,
  type ListenRange,
  type Neighbor,
  type PeerGroup,
  type RouteMap,
} from './config.ts';
import { parseName } from './rows/codec.ts';
import { groupFamilyLevel, groupLevel } from './rows/group-rows.ts';
import { parseListenRange } from './rows/listen-range-row.ts';
import { neighborLevel } from './rows/neighbor-rows.ts';
import { asPathListRows, largeCommunityListRows } from './rows/pattern-list-rows.ts';
import { routeMapLevel } from './rows/route-map-rows.ts';
import { routerLevel } from './rows/router-rows.ts';
import type { NumberedRow } from './rows/row.ts';
import { topLevel } from './rows/top-rows.ts';
import { toFrrWord, type FrrWord } from './words.ts';

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

/** While lines are read, values are filled in one after the other. */
type Draft<T> = { -readonly [K in keyof T]: T[K] };
type RouterDraft = Draft<Omit<FrrRouter, 'groups' | 'neighbors' | 'ranges'>>;
interface GroupDraft extends Draft<Omit<PeerGroup, 'family'>> {
  family?: Draft<GroupFamily>;
}

/** Long: one draft that every line adds to; each function inside reads one kind of line. */
function createReader() {
  const unknownLines: string[] = [];
  const config: Draft<Omit<FrrConfig, 'asPathLists' | 'largeCommunityLists' | 'routeMaps' | 'router'>> = {
    ...topLevel.standard,
  };
  const asPathLists = createListReader(asPathListRows.patterns);
  const largeCommunityLists = createListReader(largeCommunityListRows.patterns);
  const routeMaps = new Map<string, Draft<RouteMap>>();
  const refusals = new Map<string, Pick<Draft<RouteMap>, 'refusedLargeCommunities'>>();
  const groups = new Map<string, GroupDraft>();
  const neighbors = new Map<string, Draft<Neighbor>>();
  const ranges: ListenRange[] = [];
  let version = '';
  let router: RouterDraft | undefined;
  let routerLine: string | undefined;
  let family: FrrFamily | 'other' | undefined;

  return {
    unknown: (line: string) => {
      unknownLines.push(line);
    },
    /** `top` is the unindented line above; false: not understood. */
    read: (line: string, top: string | undefined): boolean => {
      const words = line.split(' ');
      if (top === undefined) return readTop(line, words);
      if (top.startsWith('route-map ')) return readRouteMap(words, top);
      return top === routerLine && readRouter(words);
    },
    result: (): RunningConfig => ({
      version,
      unknownLines: [...unknownLines, ...emptyRefusals()],
      config: {
        ...emptyFrrConfig,
        ...config,
        asPathLists: asPathLists.lists(),
        largeCommunityLists: largeCommunityLists.lists(),
        routeMaps: [...routeMaps.values()].map((map) => ({ ...map, ...refusals.get(map.name) })).sort(byName),
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

  function readTop(line: string, words: readonly string[]): boolean {
    if (processLines.some((known) => known.test(line))) return true;
    const [first = '', second = '', ...rest] = words;
    if (first === 'frr' && second === 'version') {
      version = rest.join(' ');
      return true;
    }
    if (first === 'route-map') return startRouteMap(second, rest.join(' '));
    if (first === 'router' && second === 'bgp') return startRouter(line, rest);
    return asPathLists.read(words) || largeCommunityLists.read(words) || topLevel.read(config, words, 'own');
  }

  function startRouteMap(text: string, rest: string): boolean {
    const name = parseName(text);
    if (name === undefined) return false;
    if (rest === 'permit 10') routeMaps.set(name, { name, ...routeMapLevel.standard });
    else if (rest === 'deny 5') refusals.set(name, {});
    else return false;
    return true;
  }

  function readRouteMap(words: readonly string[], top: string): boolean {
    const [, name = '', ...rest] = top.split(' ');
    const isRefusal = rest.join(' ') === 'deny 5';
    const map = (isRefusal ? refusals : routeMaps).get(name);
    return map !== undefined && routeMapLevel.read(map, words, isRefusal ? 'refusal' : 'own');
  }

  /** Without a condition, which is none of ours, it refuses everything; alone, the map takes nothing. */
  function emptyRefusals(): readonly string[] {
    return [...refusals]
      .filter(([name, refusal]) => refusal.refusedLargeCommunities === undefined || !routeMaps.has(name))
      .map(([name]) => `route-map ${name} deny 5`);
  }

  function startRouter(line: string, rest: readonly string[]): boolean {
    const asn = parseAsn(rest[0] ?? '');
    // A second instance (`router bgp N vrf X`) is somebody else's.
    if (asn === undefined || rest.length > 1 || router) return false;
    routerLine = line;
    router = { asn, ...routerLevel.standard };
    return true;
  }

  function readRouter(words: readonly string[]): boolean {
    if (!router) return false;
    const [first = '', second = '', ...rest] = words;
    if (first === 'address-family') {
      const name = words.slice(1).join(' ');
      family = frrFamilies.find((each) => each === name) ?? 'other';
      return family !== 'other';
    }
    if (words.length === 1 && first === 'exit-address-family') {
      family = undefined;
      return true;
    }
    if (family === 'other') return false;
    if (first === 'neighbor') {
      return family === undefined ? readNeighbor(second, rest) : readFamilyLine(family, second, rest);
    }
    return family === undefined && (routerLevel.read(router, words, 'own') || readRange(words));
  }

  function readRange(words: readonly string[]): boolean {
    const range = parseListenRange(words);
    if (!range) return false;
    ranges.push(range);
    return true;
  }

  function readNeighbor(name: string, rest: readonly string[]): boolean {
    if (rest.length === 1 && rest[0] === 'peer-group') return startGroup(name);
    const group = groups.get(name);
    if (group) return groupLevel.read(group, rest, 'own');
    const address = parsePrintedAddress(name);
    return address !== undefined && readNeighborLine(address, rest);
  }

  function startGroup(text: string): boolean {
    const name = parseName(text);
    if (name === undefined) return false;
    groups.set(name, { name, ...groupLevel.standard });
    return true;
  }

  /** A neighbor is there from the first line on that is understood. */
  function readNeighborLine(address: IpAddress, words: readonly string[]): boolean {
    const neighbor = neighbors.get(address) ?? { address, ...neighborLevel.standard };
    if (!neighborLevel.read(neighbor, words, 'own')) return false;
    neighbors.set(address, neighbor);
    return true;
  }

  function readFamilyLine(name: FrrFamily, target: string, words: readonly string[]): boolean {
    const group = groups.get(target);
    if (group) return readGroupFamilyLine(group, name, words);
    const neighbor = neighbors.get(parsePrintedAddress(target) ?? target);
    return neighbor !== undefined && neighborLevel.read(neighbor, words, 'family');
  }

  function readGroupFamilyLine(group: GroupDraft, name: FrrFamily, words: readonly string[]): boolean {
    // A group has one family; lines in a second one are somebody else's.
    if (group.family && group.family.name !== name) return false;
    const draft = group.family ?? { name, ...groupFamilyLevel.standard };
    if (!groupFamilyLevel.read(draft, words, 'family')) return false;
    group.family = draft;
    return true;
  }
}

interface ListReader<Pattern> {
  read(words: readonly string[]): boolean;
  lists(): readonly { readonly name: FrrWord; readonly patterns: readonly Pattern[] }[];
}

function createListReader<Pattern>(row: NumberedRow<never, Pattern>): ListReader<Pattern> {
  const found = new Map<string, { sequence: number; pattern: Pattern }[]>();
  return {
    read: (words) => {
      const entry = row.parse(words);
      if (!entry) return false;
      const entries = found.get(entry.owner) ?? [];
      found.set(entry.owner, entries);
      entries.push({ sequence: entry.sequence, pattern: entry.item });
      return true;
    },
    lists: () =>
      [...found]
        .map(([name, entries]) => ({
          name: toFrrWord(name),
          patterns: entries.sort((one, other) => one.sequence - other.sequence).map(({ pattern }) => pattern),
        }))
        .sort(byName),
  };
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}

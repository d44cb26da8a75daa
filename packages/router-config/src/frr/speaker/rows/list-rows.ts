import { fields, ipPrefix, keyword, name, number, oneOf, optional, single, type Codec } from '../../rows/codec.ts';
import type { Reaction } from '../../rows/row.ts';
import {
  filterActions,
  type BgpCommunity,
  type CommunityListEntry,
  type FilterAction,
  type PrefixListEntry,
  type RouterFamily,
  type SpeakerConfig,
} from '../config.ts';

/** A statement of which there may be several, each with a value of its own; another value is another statement. */
export interface ListRow<Item> {
  readonly name: string;
  readonly resets: Reaction;
  set(item: Item): string;
  unset(item: Item): string;
  parse(words: readonly string[]): Item | undefined;
}

/** A row for each of these lists: one that is missing, or a field that is no list, is a type error. */
type ListRows<Owner, Lists extends keyof Owner> = {
  readonly [List in Lists]-?: Owner[List] extends readonly (infer Item)[] ? ListRow<Item> : never;
};

const entryStart = {
  name,
  sequence: keyword('seq', number),
  action: oneOf<FilterAction>(...filterActions),
} as const;

/** Lists of filters; a changed one makes bgpd look at its routes anew, and no session ends. */
export const filterRows = {
  prefixLists: listRow({
    name: 'prefix-list',
    words: 'ip prefix-list',
    codec: fields<PrefixListEntry>({ ...entryStart, prefix: ipPrefix, longest: optional(keyword('le', number)) }),
    resets: 'none',
  }),
  communityLists: listRow({
    name: 'community-list',
    words: 'bgp community-list standard',
    codec: fields<CommunityListEntry>({ ...entryStart, community: single(parseCommunity) }),
    resets: 'none',
  }),
} satisfies ListRows<SpeakerConfig, 'prefixLists' | 'communityLists'>;

/** Lists of an address family under `router bgp`. */
export const routerFamilyListRows = {
  networks: listRow({ name: 'network', words: 'network', codec: ipPrefix, resets: 'none' }),
} satisfies ListRows<RouterFamily, 'networks'>;

function listRow<Item>({
  name: own,
  words,
  codec,
  resets,
}: {
  readonly name: string;
  readonly words: string;
  readonly codec: Codec<Item>;
  readonly resets: Reaction;
}): ListRow<Item> {
  const start = words.split(' ');
  const write = (item: Item): string => [words, ...codec.write(item)].join(' ');
  return {
    name: own,
    resets,
    set: write,
    unset: write,
    parse: (line) => {
      if (!start.every((word, index) => line[index] === word)) return undefined;
      const reading = codec.read(line.slice(start.length));
      return reading?.rest.length === 0 ? reading.value : undefined;
    },
  };
}

function parseCommunity(word: string): BgpCommunity | undefined {
  const parts = /^\d{1,5}:\d{1,5}$/.test(word) ? word.split(':') : [];
  const isCommunity = parts.length === 2 && parts.every((part) => Number(part) <= 0xffff);
  // Two numbers, as was looked up above.
  return isCommunity ? (word as BgpCommunity) : undefined;
}

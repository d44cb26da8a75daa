import type { RouteMap } from '../config.ts';
import { name, number } from './codec.ts';
import { owner } from './owner.ts';
import { optionalRow, type Rows } from './row.ts';

/** What a route must fulfil, all of it; bgpd asks its neighbors for their routes anew, and no session ends. */
export const routeMapEntryRows = {
  matchAsPath: optionalRow({ name: 'match as-path', words: 'match as-path', codec: name, resets: 'none' }),
  asPathLength: optionalRow({
    name: 'match as-path-count',
    words: 'match as-path-count',
    codec: number,
    resets: 'none',
  }),
  communities: optionalRow({
    name: 'match community-limit',
    words: 'match community-limit',
    codec: number,
    resets: 'none',
  }),
  extendedCommunities: optionalRow({
    name: 'match extcommunity-limit',
    words: 'match extcommunity-limit',
    codec: number,
    resets: 'none',
  }),
} satisfies Rows<RouteMap, 'name' | 'refusedLargeCommunities'>;

export const routeMapRows = {
  refusedLargeCommunities: optionalRow({
    name: 'match large-community',
    words: 'match large-community',
    codec: name,
    resets: 'none',
    place: 'refusal',
  }),
  ...routeMapEntryRows,
} satisfies Rows<RouteMap, 'name'>;

export const routeMapLevel = owner<RouteMap, 'name'>(routeMapRows);

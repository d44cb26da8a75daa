import { fields, name, number, oneOf } from '../../rows/codec.ts';
import { owner } from '../../rows/owner.ts';
import { optionalRow, type Rows } from '../../rows/row.ts';
import { routeMapEntryRows } from '../../rows/route-map-rows.ts';
import { filterActions, type FilterAction, type RouteMapEntry } from '../config.ts';

type Identity = 'name' | 'action' | 'sequence';

/** What stands in an entry of a route-map. */
const speakerRouteMapRows = {
  ...routeMapEntryRows,
  matchCommunity: optionalRow({ name: 'match community', words: 'match community', codec: name, resets: 'none' }),
  matchPrefixList: optionalRow({
    name: 'match prefix-list',
    words: 'match ip address prefix-list',
    codec: name,
    resets: 'none',
  }),
  matchNextHopPrefixList: optionalRow({
    name: 'match next hop',
    words: 'match ip next-hop prefix-list',
    codec: name,
    resets: 'none',
  }),
} satisfies Rows<RouteMapEntry, Identity>;

export const speakerRouteMapLevel = owner<RouteMapEntry, Identity>(speakerRouteMapRows);

/** What an entry's own line says behind the name of the map. */
export const routeMapEntryWords = fields<Pick<RouteMapEntry, 'action' | 'sequence'>>({
  action: oneOf<FilterAction>(...filterActions),
  sequence: number,
});

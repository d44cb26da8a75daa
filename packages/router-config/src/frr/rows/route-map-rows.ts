import type { RouteMap } from '../config.ts';
import { name } from './codec.ts';
import { owner } from './owner.ts';
import { optionalRow, type Rows } from './row.ts';

/** What stands in `route-map NAME permit 10`. */
export const routeMapRows = {
  matchAsPath: optionalRow({ name: 'match as-path', words: 'match as-path', codec: name, resets: 'none' }),
} satisfies Rows<RouteMap, 'name'>;

export const routeMapLevel = owner<RouteMap, 'name'>(routeMapRows);

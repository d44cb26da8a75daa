import type { FrrConfig } from '../config.ts';
import { name } from './codec.ts';
import { owner } from './owner.ts';
import { optionalRow, type Rows } from './row.ts';

/** What stands at the top; lists and the router have tables of their own. */
export const topRows = {
  hostname: optionalRow({ name: 'hostname', words: 'hostname', codec: name, resets: 'none', unset: 'line' }),
} satisfies Rows<FrrConfig, 'asPathLists' | 'routeMaps' | 'router'>;

export const topLevel = owner<FrrConfig, 'asPathLists' | 'routeMaps' | 'router'>(topRows);

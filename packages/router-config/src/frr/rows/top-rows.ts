import type { FrrConfig } from '../config.ts';
import { name, number } from './codec.ts';
import { owner } from './owner.ts';
import { optionalRow, type Rows } from './row.ts';

type Identity = 'asPathLists' | 'largeCommunityLists' | 'routeMaps' | 'router';

/** What stands at the top; lists and the router have tables of their own. */
export const topRows = {
  hostname: optionalRow({ name: 'hostname', words: 'hostname', codec: name, resets: 'none', unset: 'line' }),
  inputQueueLimit: optionalRow({ name: 'input queue', words: 'bgp input-queue-limit', codec: number, resets: 'none' }),
  outputQueueLimit: optionalRow({
    name: 'output queue',
    words: 'bgp output-queue-limit',
    codec: number,
    resets: 'none',
  }),
} satisfies Rows<FrrConfig, Identity>;

export const topLevel = owner<FrrConfig, Identity>(topRows);

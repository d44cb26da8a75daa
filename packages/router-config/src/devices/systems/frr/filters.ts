import type { IpPrefix } from '@meshrs/network';
import { toFrrWord } from '../../../frr/words.ts';
import { notEmpty } from '../../words.ts';
import type { PrefixListEntry, RouteMapEntry } from '../../../frr/speaker/config.ts';

/** A prefix-list of these, and of what is inside them down to a length where that is given. */
export function permitted(name: string, prefixes: readonly IpPrefix[], longest?: number): PrefixListEntry[] {
  return notEmpty(prefixes, name).map((prefix, index) => ({
    name: toFrrWord(name),
    sequence: 5 * (index + 1),
    action: 'permit',
    prefix,
    ...(longest !== undefined && !prefix.endsWith(`/${String(longest)}`) && { longest }),
  }));
}

/** An entry of a route-map that matches all. */
export function entry(name: string, action: RouteMapEntry['action'], sequence: number): RouteMapEntry {
  return { name: toFrrWord(name), action, sequence };
}

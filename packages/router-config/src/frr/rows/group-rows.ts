import type { BgpTimers } from '@meshrs/contract';
import {
  frrDefaults,
  type Distance,
  type GroupFamily,
  type MaximumPrefixes,
  type PeerGroup,
  type Shutdown,
} from '../config.ts';
import { before, fields, impliedBy, keyword, line, name, number, oneOf, optional, type Codec } from './codec.ts';
import { owner } from './owner.ts';
import { flagRow, kindRow, optionalRow, resetsAbove, valueRow, type Row, type Rows } from './row.ts';

/** The AS of a group or of a neighbor. */
export function remoteAsRow<Value>(codec: Codec<Value & {}>): Row<Value | undefined> {
  return optionalRow<Value>({ name: 'remote AS', words: 'remote-as', codec, resets: 'anew' });
}

/** A session keeps the timers that it came up with. */
export const timersFacts = {
  name: 'timers',
  words: 'timers',
  codec: fields<BgpTimers>({ keepaliveSeconds: number, holdSeconds: number }),
  resets: 'none',
} as const;

export const connectFacts = { name: 'connect time', words: 'timers connect', codec: number, resets: 'none' } as const;

/** Administrative shutdown, of a group or of a neighbor. */
export const shutdownRow = optionalRow<Shutdown>({
  name: 'shutdown',
  words: 'shutdown',
  codec: fields<Shutdown>({ message: optional(keyword('message', line)) }),
  resets: 'resets',
});

/** In an address family, of a group or of a neighbor; it counts at once against what a session has sent already. */
export const maximumPrefixesRow = optionalRow<MaximumPrefixes>({
  name: 'maximum-prefix',
  words: 'maximum-prefix',
  codec: fields<MaximumPrefixes>({ limit: number, restartMinutes: optional(keyword('restart', number)) }),
  resets: resetsAbove(({ limit }) => limit),
  place: 'family',
});

/** `neighbor GROUP …`, in the order in which it is written. A group of another family is another group. */
export const groupRows = {
  remoteAs: remoteAsRow(oneOf('internal', 'external')),
  shutdown: shutdownRow,
  distance: kindRow<Distance>(
    { name: 'TTL', resets: 'resets' },
    {
      // FRR writes the largest TTL as none (RFC 791: eight bits).
      multihop: { words: 'ebgp-multihop', codecs: { ttl: impliedBy(255, number) }, unset: 'words' },
      'ttl-security': { words: 'ttl-security hops', codecs: { hops: number }, unset: 'line' },
    },
  ),
  timers: valueRow<BgpTimers>({ ...timersFacts, standard: frrDefaults.timers }),
  connectSeconds: valueRow<number>({ ...connectFacts, standard: frrDefaults.connectSeconds }),
  isGracefulRestartDisabled: flagRow('graceful restart', 'graceful-restart-disable', { resets: 'resets' }),
} satisfies Rows<PeerGroup, 'name' | 'family'>;

/** `neighbor GROUP …` in the group's address family, in the order in which it is written. */
export const groupFamilyRows = {
  isActive: flagRow('address family', 'activate', { resets: 'resets', place: 'family' }),
  isReflectorClient: flagRow('route reflection', 'route-reflector-client', { resets: 'resets', place: 'family' }),
  maximumPrefixes: maximumPrefixesRow,
  // bgpd asks for the routes again (RFC 2918) and sends what the map lets out now.
  routeMapIn: optionalRow({
    name: 'route-map in',
    words: 'route-map',
    codec: before('in', name),
    resets: 'none',
    unset: 'line',
    place: 'family',
  }),
  routeMapOut: optionalRow({
    name: 'route-map out',
    words: 'route-map',
    codec: before('out', name),
    resets: 'none',
    unset: 'line',
    place: 'family',
  }),
} satisfies Rows<GroupFamily, 'name'>;

export const groupLevel = owner<PeerGroup, 'name' | 'family'>(groupRows);
export const groupFamilyLevel = owner<GroupFamily, 'name'>(groupFamilyRows);

import type { Asn } from '@meshrs/network';
import type { Neighbor } from '../config.ts';
import { asNumber, either, line, name, numbers, oneOf } from './codec.ts';
import { maximumPrefixesRow, remoteAsRow, shutdownRow } from './group-rows.ts';
import { owner } from './owner.ts';
import { flagRow, optionalRow, type Rows } from './row.ts';

/**
 * `neighbor ADDRESS …`, in the order in which it is written. bgpd moves no neighbor between groups; a change of its AS or
 * of who dials resets it anyway.
 */
export const neighborRows = {
  remoteAs: remoteAsRow<Asn | 'external'>(either(oneOf('external'), asNumber, (value) => value === 'external')),
  // Before the group, so that bgpd never dials a client in between.
  isPassive: flagRow('who dials', 'passive', { resets: 'anew' }),
  group: optionalRow({ name: 'peer group', words: 'peer-group', codec: name, resets: 'anew' }),
  shutdown: shutdownRow,
  description: optionalRow({ name: 'description', words: 'description', codec: line, resets: 'none' }),
  // A member has what its group has: the group's change has reset it already.
  isGracefulRestartDisabled: flagRow('graceful restart', 'graceful-restart-disable', { resets: 'none' }),
  // bgpd asks for the neighbor's routes again (RFC 2918). A second line replaces the first, and `no` takes back all.
  discardedAttributes: optionalRow({
    name: 'path-attribute discard',
    words: 'path-attribute discard',
    codec: numbers,
    resets: 'none',
  }),
  maximumPrefixes: maximumPrefixesRow,
} satisfies Rows<Neighbor, 'address'>;

export const neighborLevel = owner<Neighbor, 'address'>(neighborRows);

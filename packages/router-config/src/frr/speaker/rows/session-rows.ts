import type { Asn } from '@meshrs/network';
import type { BgpTimers } from '@meshrs/contract';
import {
  asNumber,
  before,
  either,
  fields,
  ipAddress,
  keyword,
  line,
  name,
  number,
  oneOf,
  optional,
  single,
} from '../../rows/codec.ts';
import { connectFacts, groupFamilyRows, groupRows, remoteAsRow, timersFacts } from '../../rows/group-rows.ts';
import { neighborRows } from '../../rows/neighbor-rows.ts';
import { owner } from '../../rows/owner.ts';
import { flagRow, optionalRow, resetsAbove, type Rows } from '../../rows/row.ts';
import type { LocalAs, SessionFamily, SpeakerGroup, SpeakerMaximumPrefixes, SpeakerNeighbor } from '../config.ts';

/** `neighbor GROUP …`, in the order in which it is written. */
const speakerGroupRows = {
  remoteAs: remoteAsRow<Asn | 'internal' | 'external'>(
    either(oneOf('internal', 'external'), asNumber, (value) => typeof value === 'string'),
  ),
  description: neighborRows.description,
  shutdown: groupRows.shutdown,
  distance: groupRows.distance,
  updateSource: optionalRow({ name: 'source', words: 'update-source', codec: ipAddress, resets: 'resets' }),
  password: optionalRow({ name: 'password', words: 'password', codec: line, resets: 'resets' }),
  isPassive: neighborRows.isPassive,
  timers: optionalRow<BgpTimers>(timersFacts),
  connectSeconds: optionalRow<number>(connectFacts),
  isGracefulRestartDisabled: groupRows.isGracefulRestartDisabled,
  localAs: optionalRow<LocalAs>({
    name: 'local AS',
    words: 'local-as',
    codec: fields<LocalAs>({ asn: before('replace-as', before('no-prepend', asNumber)) }),
    resets: 'resets',
  }),
  usesBfd: flagRow('BFD', 'bfd', { resets: 'none' }),
  bfdProfile: optionalRow({ name: 'profile of BFD', words: 'bfd profile', codec: name, resets: 'none' }),
  detectsSenderLoops: flagRow('AS loops of the neighbor', 'sender-as-path-loop-detection', { resets: 'none' }),
} satisfies Rows<SpeakerGroup, 'name' | 'families'>;

const { remoteAs, ...otherRows } = speakerGroupRows;

/** `neighbor ADDRESS …`; what makes it a neighbor stands first. */
const speakerNeighborRows = {
  remoteAs,
  group: neighborRows.group,
  ...otherRows,
} satisfies Rows<SpeakerNeighbor, 'address' | 'families'>;

/** `neighbor X …` in an address family, of a group or of a neighbor. */
const sessionFamilyRows = {
  ...groupFamilyRows,
  maximumPrefixes: optionalRow<SpeakerMaximumPrefixes>({
    name: 'maximum-prefix',
    words: 'maximum-prefix',
    codec: fields<SpeakerMaximumPrefixes>({
      limit: number,
      restartMinutes: optional(keyword('restart', number)),
      isWarningOnly: optional(
        single(
          (word) => (word === 'warning-only' ? true : undefined),
          () => 'warning-only',
        ),
      ),
    }),
    resets: resetsAbove(({ limit, isWarningOnly }) => (isWarningOnly === true ? Infinity : limit)),
    place: 'family',
  }),
  allowedOwnAs: optionalRow<number>({
    name: 'own AS in paths',
    words: 'allowas-in',
    codec: number,
    resets: 'none',
    place: 'family',
  }),
  prefixListIn: optionalRow({
    name: 'prefix-list in',
    words: 'prefix-list',
    codec: before('in', name),
    resets: 'none',
    unset: 'line',
    place: 'family',
  }),
  prefixListOut: optionalRow({
    name: 'prefix-list out',
    words: 'prefix-list',
    codec: before('out', name),
    resets: 'none',
    unset: 'line',
    place: 'family',
  }),
} satisfies Rows<SessionFamily, 'name'>;

export const speakerGroupLevel = owner<SpeakerGroup, 'name' | 'families'>(speakerGroupRows);
export const speakerNeighborLevel = owner<SpeakerNeighbor, 'address' | 'families'>(speakerNeighborRows);
export const sessionFamilyLevel = owner<SessionFamily, 'name'>(sessionFamilyRows);

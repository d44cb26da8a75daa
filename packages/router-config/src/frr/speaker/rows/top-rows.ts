import { fields, name, number, oneOf, single } from '../../rows/codec.ts';
import { owner } from '../../rows/owner.ts';
import { optionalRow, type Rows } from '../../rows/row.ts';
import { topRows } from '../../rows/top-rows.ts';
import { frrProfiles, type BgpDump, type SpeakerConfig } from '../config.ts';
import { parsePath } from '../path.ts';

/** What has tables of its own. */
type Identity = 'asPathLists' | 'prefixLists' | 'communityLists' | 'routeMaps' | 'router';

/** What stands at the top, in the order in which it is written: which defaults hold, first. */
const speakerTopRows = {
  // Defaults are those of the start: nothing takes these two back while bgpd runs.
  defaultsOfVersion: optionalRow({
    name: 'version of the defaults',
    words: 'frr version',
    codec: name,
    resets: 'anew',
    unset: 'line',
  }),
  profile: optionalRow({
    name: 'profile',
    words: 'frr defaults',
    codec: oneOf(...frrProfiles),
    resets: 'anew',
    unset: 'line',
  }),
  ...topRows,
  logTimestampPrecision: optionalRow({
    name: 'digits of log times',
    words: 'log timestamp precision',
    codec: number,
    resets: 'none',
  }),
  dump: optionalRow<BgpDump>({
    name: 'dump of messages',
    words: 'dump bgp',
    codec: fields<BgpDump>({
      content: oneOf('all', 'all-et', 'updates', 'updates-et'),
      file: single(parsePath),
    }),
    resets: 'none',
    unset: 'line',
  }),
} satisfies Rows<SpeakerConfig, Identity>;

export const speakerTopLevel = owner<SpeakerConfig, Identity>(speakerTopRows);

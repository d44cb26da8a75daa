import { number } from '../../rows/codec.ts';
import { owner, type Owner } from '../../rows/owner.ts';
import { flagRow, optionalRow, switchedOffRow, type Reaction, type Row, type Rows } from '../../rows/row.ts';
import { routerRows } from '../../rows/router-rows.ts';
import type { FrrProfile, RouterFamily, SpeakerRouter } from '../config.ts';

type Identity = 'asn' | 'families' | 'groups' | 'neighbors' | 'ranges';
type Fields = Omit<SpeakerRouter, Identity>;

/** The profile decides what need not be said. */
function speakerRouterRows(profile: FrrProfile) {
  const isDatacenter = profile === 'datacenter';
  return {
    ...routerRows,
    logsNeighborChanges: switchRow('log of neighbor changes', 'bgp log-neighbor-changes', {
      standard: isDatacenter,
      resets: 'none',
    }),
    requiresEbgpPolicy: switchRow('eBGP policy', 'bgp ebgp-requires-policy', {
      standard: !isDatacenter,
      resets: 'none',
    }),
    checksNetworkImport: switchedOffRow('import check of networks', 'bgp network import-check', 'none'),
    isMultipathRelaxed: flagRow('multipath of different AS', 'bgp bestpath as-path multipath-relax', {
      resets: 'none',
    }),
  } satisfies Rows<SpeakerRouter, Identity>;
}

export const speakerRouterLevels: Readonly<Record<FrrProfile, Owner<Fields>>> = {
  traditional: owner<SpeakerRouter, Identity>(speakerRouterRows('traditional')),
  datacenter: owner<SpeakerRouter, Identity>(speakerRouterRows('datacenter')),
};

/** `address-family NAME` itself; its networks are a list. */
const routerFamilyRows = {
  maximumPaths: optionalRow({
    name: 'number of paths',
    words: 'maximum-paths',
    codec: number,
    resets: 'none',
    place: 'family',
  }),
} satisfies Rows<RouterFamily, 'name' | 'networks'>;

export const routerFamilyLevel = owner<RouterFamily, 'name' | 'networks'>(routerFamilyRows);

/** A line with `no` where FRR does it by itself, without where it does not. */
function switchRow(
  name: string,
  words: string,
  { standard, resets }: { readonly standard: boolean; readonly resets: Reaction },
): Row<boolean> {
  return standard ? switchedOffRow(name, words, resets) : flagRow(name, words, { resets });
}

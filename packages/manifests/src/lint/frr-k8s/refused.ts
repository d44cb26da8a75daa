import type { Built } from '../../built/built.ts';
import type { FrrConfigurationView } from '../../built/views.ts';
import { listed } from '../../words.ts';
import { unreadSelectors } from '../metallb/selectors.ts';
import type { RuleFinding } from '../rule.ts';
import { faultsOfNeighbor } from './neighbors.ts';
import { faultsOfAdvertised, faultsOfReceived, noPrefixes } from './prefixes.ts';

type Fault = Omit<RuleFinding, 'object'>;
type Router = FrrConfigurationView['spec']['bgp']['routers'][number];

/**
 * What frr-k8s refuses of one object (its internal/controller/api_to_config.go), and with it all that is for the node. Of EVPN nothing is
 * looked at.
 */
export function refusedByItself({ id: object, view: { spec } }: Built<FrrConfigurationView>): RuleFinding[] {
  const { routers, bfdProfiles } = spec.bgp;
  const profiles = [...new Set(bfdProfiles.map(({ name }) => name))];
  const faults = routers.flatMap((router) => {
    const prefixes = [...router.prefixes, ...router.imports.flatMap(({ vrf }) => prefixesOf(vrf, routers))];
    return [
      ...noPrefixes(router.prefixes, 'A router'),
      ...unknownImports(router, routers),
      ...router.neighbors.flatMap((neighbor) => [
        ...faultsOfNeighbor(neighbor, router.asn, profiles),
        ...faultsOfAdvertised(neighbor, prefixes),
        ...faultsOfReceived(neighbor),
      ]),
    ];
  });
  return [...unreadSelectors({ nodeSelector: [spec.nodeSelector] }, 'the FRRConfiguration'), ...faults].map(
    (fault) => ({
      object,
      ...fault,
    }),
  );
}

/** The default VRF has no name where it is declared, and this one where it is imported. */
const defaultVrf = 'default';

function prefixesOf(vrf: string, routers: readonly Router[]): readonly string[] {
  // Of two routers of one VRF frr-k8s takes the last one (`prefixesForVRFs`).
  return routers.findLast((router) => (router.vrf ?? '') === (vrf === defaultVrf ? '' : vrf))?.prefixes ?? [];
}

/** `validateImportVRFs`, `importedPrefixes`. */
function unknownImports({ vrf = '', imports }: Router, routers: readonly Router[]): Fault[] {
  const known = routers.map((router) => (router.vrf ?? '') || defaultVrf);
  return imports
    .filter((each) => !known.includes(each.vrf || defaultVrf))
    .map((each) => ({
      message: `The router of ${vrf === '' ? 'the default VRF' : `the VRF ${vrf}`} imports the VRF ${each.vrf}, for which the FRRConfiguration has no router.`,
      seen: each.vrf,
      allowed: listed(known),
      hint: 'add a router with this vrf to spec.bgp.routers of the same object',
    }));
}

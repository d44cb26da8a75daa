import type { Asn, IpAddress, IpPrefix } from '@meshrs/network';
import { standardSession, type SpeakerConfig } from '@meshrs/router-config/frr/speaker';
import { labRouter, labSpeaker } from '../frr/lab-speaker.ts';

export interface CoreConfig {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly routers: readonly { readonly address: IpAddress; readonly asn: Asn }[];
  /** Where clients are; told to the routers. */
  readonly ranges: readonly IpPrefix[];
}

/** The network between routers and clients: it learns the VIPs and tells where clients are. */
export function coreConfig({ asn, routerId, routers, ranges }: CoreConfig): SpeakerConfig {
  return labSpeaker('core', {
    router: {
      ...labRouter(asn, routerId),
      checksNetworkImport: false,
      isMultipathRelaxed: true,
      families: [{ name: 'ipv4 unicast', networks: ranges, maximumPaths: 16 }],
      neighbors: routers.map((router) => ({
        ...standardSession('ipv4 unicast'),
        address: router.address,
        remoteAs: router.asn,
      })),
    },
  });
}

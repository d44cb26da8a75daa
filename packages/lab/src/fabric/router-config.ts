import { familyOf, hostPrefix, type Asn, type IpAddress, type IpPrefix } from '@meshrs/network';
import { toFrrLine, toFrrWord } from '@meshrs/router-config/frr';
import {
  activeFamily,
  standardSession,
  type SpeakerConfig,
  type SpeakerGroup,
} from '@meshrs/router-config/frr/speaker';
import type { AnycastLoopback } from '@meshrs/topology';
import { labRouter, labSpeaker } from '../frr/lab-speaker.ts';

export interface RouterConfig {
  readonly name: string;
  readonly loopbacks: readonly IpAddress[];
  readonly anycast: AnycastLoopback;
  readonly nodeRanges: readonly IpPrefix[];
  readonly vips: readonly IpAddress[];
  readonly password: string;
  readonly core: { readonly address: IpAddress; readonly asn: Asn };
}

const group = toFrrWord('METALLB');
const vipList = toFrrWord('VIPS');

/**
 * A router with nodes: MetalLB's sessions at the anycast loopback, VIPs on to the core. The least that works; what a
 * user's routers run is generated elsewhere.
 */
export function routerConfig(config: RouterConfig): SpeakerConfig {
  const { name, loopbacks, anycast, nodeRanges, vips, core } = config;
  return labSpeaker(name, {
    prefixLists: vips
      .filter(isIpv4)
      .map((vip, index) => ({ name: vipList, sequence: index + 1, action: 'permit', prefix: hostPrefix(vip) })),
    router: {
      ...labRouter(anycast.routerAsn, loopbacks.find(isIpv4)),
      checksNetworkImport: false,
      isMultipathRelaxed: true,
      listenLimit: 1000,
      families: [{ name: 'ipv4 unicast', networks: loopbacks.filter(isIpv4).map(hostPrefix) }],
      groups: [metallbGroup(config)],
      neighbors: [{ ...standardSession('ipv4 unicast'), address: core.address, remoteAs: core.asn }],
      ranges: nodeRanges.filter(isIpv4).map((prefix) => ({ prefix, group })),
    },
  });
}

function metallbGroup({ anycast, password }: RouterConfig): SpeakerGroup {
  return {
    ...standardSession(),
    name: group,
    remoteAs: anycast.metallbAsn,
    distance: { kind: 'multihop', ttl: 2 },
    updateSource: anycast.address,
    password: toFrrLine(password),
    isPassive: true,
    families: [activeFamily('ipv4 unicast', { prefixListIn: vipList, maximumPrefixes: { limit: 100 } })],
  };
}

function isIpv4(value: IpAddress | IpPrefix): boolean {
  return familyOf(value) === 'ipv4';
}

import { ports } from '@meshrs/contract';
import type { Asn, IpAddress } from '@meshrs/network';

/** A neighbor of a GoBGP, EVPN only. */
export interface GobgpNeighbor {
  readonly address: IpAddress | string;
  readonly asn: Asn;
  readonly localAddress: IpAddress | string;
  /** eBGP over several hops. */
  readonly multihopTtl?: number;
  readonly holdSeconds: number;
  readonly keepaliveSeconds: number;
  readonly connectRetrySeconds: number;
  /** Routes with this community are kept from the neighbor. */
  readonly withheldCommunity?: string;
}

export interface GobgpConfig {
  readonly asn: Asn;
  readonly routerId: IpAddress;
  /** Left out: it listens nowhere. */
  readonly listenAddress?: IpAddress;
  readonly neighbors: readonly GobgpNeighbor[];
}

/** gobgpd's configuration as JSON, which it reads as it reads TOML (GoBGP documentation, "Configuration"). */
export function gobgpConfig({ asn, routerId, listenAddress, neighbors }: GobgpConfig): string {
  const withheld = neighbors.flatMap(({ address, withheldCommunity }) =>
    withheldCommunity === undefined ? [] : [{ address, community: withheldCommunity }],
  );
  return `${JSON.stringify(
    {
      global: {
        config: {
          as: asn,
          'router-id': routerId,
          ...(listenAddress === undefined ? { port: -1 } : { port: ports.bgp, 'local-address-list': [listenAddress] }),
        },
        ...(withheld.length > 0 && {
          'apply-policy': {
            config: {
              'export-policy-list': withheld.map((_, index) => policyName(index)),
              'default-export-policy': 'accept-route',
            },
          },
        }),
      },
      neighbors: neighbors.map(neighbor),
      ...(withheld.length > 0 && withholding(withheld)),
    },
    null,
    2,
  )}\n`;
}

function neighbor(one: GobgpNeighbor): object {
  return {
    config: { 'neighbor-address': one.address, 'peer-as': one.asn },
    transport: { config: { 'local-address': one.localAddress } },
    ...(one.multihopTtl !== undefined && {
      'ebgp-multihop': { config: { enabled: true, 'multihop-ttl': one.multihopTtl } },
    }),
    timers: {
      config: {
        'hold-time': one.holdSeconds,
        'keepalive-interval': one.keepaliveSeconds,
        'connect-retry': one.connectRetrySeconds,
      },
    },
    'afi-safis': [{ config: { 'afi-safi-name': 'l2vpn-evpn' } }],
  };
}

function withholding(withheld: readonly { address: string; community: string }[]): object {
  return {
    'defined-sets': {
      'neighbor-sets': withheld.map(({ address }, index) => ({
        'neighbor-set-name': setName(index),
        'neighbor-info-list': [address],
      })),
      'bgp-defined-sets': {
        'community-sets': withheld.map(({ community }, index) => ({
          'community-set-name': setName(index),
          'community-list': [community],
        })),
      },
    },
    'policy-definitions': withheld.map((_, index) => ({
      name: policyName(index),
      statements: [
        {
          name: `${policyName(index)}-statement`,
          conditions: {
            'match-neighbor-set': { 'neighbor-set': setName(index) },
            'bgp-conditions': { 'match-community-set': { 'community-set': setName(index) } },
          },
          actions: { 'route-disposition': 'reject-route' },
        },
      ],
    })),
  };
}

function setName(index: number): string {
  return `withheld-${String(index)}`;
}

function policyName(index: number): string {
  return `withhold-${String(index)}`;
}

import type { Asn, IpAddress } from '@meshrs/network';
import type { NewPath } from '../gobgp/messages.ts';
import type { ClientPlan } from '../plan/lab-plan.ts';

/** EVPN routes that a client of the lab announces; together they carry everything that must arrive untouched. */
export interface InjectedRoute {
  /** Route type (RFC 7432 section 7, RFC 9136) and what is special: "5 with a gateway". */
  readonly title: string;
  readonly type: 1 | 2 | 3 | 4 | 5;
  readonly path: NewPath;
}

/**
 * Whether a client announces a route to every side, or to all but one: then the others have it by two route servers.
 */
export type Reach = 'all-sides' | 'one-side';

/** The community by which a client's daemon keeps a route from a side (`withheldFrom`). */
export const withheldCommunity = { text: '65000:901', value: 65000 * 65536 + 901 } as const;

const ourCommunity = 65000 * 65536 + 77;

/** The routes of one client; each client's differ in every value, so that none can be taken for another's. */
export function injectedRoutes(client: ClientPlan, index: number, reach: Reach): InjectedRoute[] {
  const values = valuesOf(client, index + 1, reach);
  return [...ethernetRoutes(values), ...prefixRoutes(values)];
}

/** What the routes of one client have in common. */
type Values = ReturnType<typeof valuesOf>;

function valuesOf(client: ClientPlan, number: number, reach: Reach) {
  // Two sets of routes have two route distinguishers (RFC 7432 section 7.9, type 1: an address and a number).
  const rd = { ipAddress: { admin: client.tunnelAddress, assigned: reach === 'all-sides' ? number : 1000 + number } };
  const esi = segment(number, reach);
  const vni = 10_000 + number;
  const attributes = (...extended: object[]): object[] => [
    { origin: { origin: 0 } },
    { asPath: { segments: [] } },
    { nextHop: { nextHop: client.tunnelAddress } },
    {
      communities: {
        communities: reach === 'all-sides' ? [ourCommunity] : [ourCommunity, withheldCommunity.value],
      },
    },
    { largeCommunities: { communities: [{ globalAdmin: 4259840001, localData1: number, localData2: 7 }] } },
    { extendedCommunities: { communities: [...routeTargets(client.client.asn, number), ...extended] } },
  ];
  const vxlan = { encap: { tunnelType: 8 } };
  const routerMac = { routerMac: { mac: mac(number, 0xff) } };
  const host = `203.0.113.${String(number)}`;
  return { number, tunnelAddress: client.tunnelAddress, rd, esi, vni, attributes, vxlan, routerMac, host };
}

/** Types 1 to 4 (RFC 7432). */
function ethernetRoutes(values: Values): InjectedRoute[] {
  const { number, tunnelAddress, rd, esi, vni, attributes, vxlan, routerMac, host } = values;
  return [
    {
      title: '1 Ethernet auto-discovery per segment',
      type: 1,
      path: {
        nlri: { evpnEthernetAd: { rd, esi, ethernetTag: 4294967295, label: 0 } },
        pattrs: attributes({ esiLabel: { isSingleActive: false, label: 500 + number } }),
      },
    },
    {
      title: '1 Ethernet auto-discovery per instance',
      type: 1,
      path: {
        nlri: { evpnEthernetAd: { rd, esi, ethernetTag: number, label: vni } },
        pattrs: attributes(vxlan),
      },
    },
    {
      title: '2 MAC and address, that has moved',
      type: 2,
      path: {
        nlri: {
          evpnMacadv: {
            rd,
            esi,
            ethernetTag: 0,
            macAddress: mac(number, 1),
            ipAddress: host,
            labels: [vni, vni + 5000],
          },
        },
        pattrs: attributes(vxlan, routerMac, { macMobility: { isSticky: false, sequenceNum: 7 + number } }),
      },
    },
    {
      title: '3 inclusive multicast',
      type: 3,
      path: {
        nlri: { evpnMulticast: { rd, ethernetTag: 0, ipAddress: tunnelAddress } },
        pattrs: [
          ...attributes(vxlan),
          // Ingress replication (RFC 6514 section 5).
          { pmsiTunnel: { flags: 0, type: 6, label: vni, id: bytesOf(tunnelAddress) } },
        ],
      },
    },
    {
      title: '4 Ethernet segment',
      type: 4,
      path: {
        nlri: { evpnEthernetSegment: { rd, esi, ipAddress: tunnelAddress } },
        pattrs: attributes({ esImport: { esImport: mac(number, 0xe5) } }),
      },
    },
  ];
}

/** Type 5 (RFC 9136). */
function prefixRoutes({ number, rd, esi, vni, attributes, vxlan, routerMac, host }: Values): InjectedRoute[] {
  const noEsi = { type: 0, value: Buffer.alloc(9) };
  const subnet = (third: number) => `10.${String(200 + third)}.${String(number)}.0`;
  return [
    {
      title: '5 IP prefix',
      type: 5,
      path: {
        nlri: prefixRoute(rd, noEsi, subnet(0), '0.0.0.0', vni),
        pattrs: attributes(vxlan, routerMac),
      },
    },
    {
      title: '5 IP prefix with a gateway',
      type: 5,
      path: {
        nlri: prefixRoute(rd, noEsi, subnet(1), host, vni),
        pattrs: attributes(vxlan),
      },
    },
    {
      title: typeFiveWithSegment,
      type: 5,
      path: {
        nlri: prefixRoute(rd, esi, subnet(2), '0.0.0.0', vni),
        pattrs: attributes(vxlan, routerMac),
      },
    },
  ];
}

/** The route that FRR is known to change: it sends a type 5 with an all-zero segment. */
export const typeFiveWithSegment = '5 IP prefix with a segment';

/** One target of a two-octet AS and one of a four-octet AS (RFC 4360, RFC 5668). */
function routeTargets(asn: Asn, number: number): object[] {
  return [
    {
      twoOctetAsSpecific: {
        isTransitive: true,
        subType: 2,
        asn: asn > 65535 ? 65000 : asn,
        localAdmin: 100_000 + number,
      },
    },
    { fourOctetAsSpecific: { isTransitive: true, subType: 2, asn: 4259840001, localAdmin: number } },
  ];
}

function prefixRoute(rd: object, esi: object, ipPrefix: string, gwAddress: string, label: number): object {
  return { evpnIpPrefix: { rd, esi, ethernetTag: 0, ipPrefix, ipPrefixLen: 24, gwAddress, label } };
}

/** An Ethernet segment identifier of type 0, arbitrary (RFC 7432 section 5). */
function segment(number: number, reach: Reach): { type: number; value: Buffer } {
  return {
    type: 0,
    value: Buffer.from([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, reach === 'all-sides' ? 1 : 2, number]),
  };
}

/** A locally administered address. */
function mac(number: number, last: number): string {
  return ['02', '00', '5e', hex(number), '00', hex(last)].join(':');
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function bytesOf(address: IpAddress): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

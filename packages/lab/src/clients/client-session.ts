import { familyOf, type Asn, type IpAddress } from '@meshrs/network';
import { groupOf, type ClientGroup, type Topology } from '@meshrs/topology';
import type { ClientPlan } from '../plan/lab-plan.ts';

/** A session of a client with the VIP of a side. */
export interface DialledSession {
  readonly side: string;
  readonly vip: IpAddress;
  /** The client's own address. */
  readonly source: IpAddress;
}

/** What a client's daemon is told, as its user would tell a leaf. */
export interface ClientSettings {
  readonly name: string;
  readonly asn: Asn;
  readonly routerId: IpAddress;
  readonly routeServerAsn: Asn;
  readonly sessions: readonly DialledSession[];
  readonly group: Pick<ClientGroup, 'multihopTtl' | 'timers' | 'connectRetrySeconds'>;
}

export function clientSettings({ name, client, tunnelAddress }: ClientPlan, topology: Topology): ClientSettings {
  const group = groupOf(topology, name);
  if (!group) throw new RangeError(`client ${name} has no group`);
  const source = client.addresses.find((address) => familyOf(address) === 'ipv4');
  return {
    name,
    asn: client.asn,
    routerId: source ?? tunnelAddress,
    routeServerAsn: topology.routeServers.asn,
    sessions: source === undefined ? [] : sessionsFrom(source, topology),
    group,
  };
}

/** One session with each IPv4 VIP. */
export function sessionsFrom(source: IpAddress, topology: Topology): DialledSession[] {
  return Object.entries(topology.sides).flatMap(([side, { vips }]) =>
    vips.filter((vip) => familyOf(vip) === 'ipv4').map((vip) => ({ side, vip, source })),
  );
}

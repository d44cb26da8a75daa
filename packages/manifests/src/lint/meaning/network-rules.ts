import { portNames, ports } from '@meshrs/contract';
import { listOf, valueAt } from '../kept/kept-field.ts';
import { isMapping } from './difference.ts';

/*
 * Which ports of route servers a rule of a NetworkPolicy opens (Kubernetes API, "NetworkPolicyPort"). Policies add up: a rule takes
 * restrictions away, and brings none.
 */

export type Direction = 'ingress' | 'egress';

/** Nobody but clients, routers and the kubelet reaches these; the agent's read-only HTTP is for whoever reads metrics. */
const closed: Readonly<Record<Direction, readonly number[]>> = {
  ingress: Object.values(ports).filter((port) => port !== ports.agent),
  // Sessions that a route server would open itself.
  egress: [ports.bgp],
};

/** A name is that of a port of the pod; ports of the user's have others. */
const numbers: ReadonlyMap<string, number> = new Map([
  [portNames.bgp, ports.bgp],
  [portNames.ssh, ports.ssh],
  [portNames.netconf, ports.netconf],
  [portNames.agent, ports.agent],
  [portNames.probes, ports.probes],
]);

/** The closed ports that a rule opens, in words; `all` where it has no list of ports, or one that cannot be read. */
export function opened(rule: unknown, direction: Direction): readonly string[] {
  const list = listOf(valueAt(rule, ['ports']));
  if (list.length === 0) return ['all'];
  return [...new Set(list.flatMap((port) => (isMapping(port) ? openedBy(port, closed[direction]) : ['all'])))];
}

function openedBy(entry: Readonly<Record<string, unknown>>, shut: readonly number[]): readonly string[] {
  const { protocol = 'TCP', port, endPort = port } = entry;
  if (protocol === 'UDP' || protocol === 'SCTP') return [];
  if (protocol !== 'TCP' || port === undefined) return ['all'];
  if (typeof port === 'string' && endPort === port) return shut.includes(numbers.get(port) ?? 0) ? [port] : [];
  if (typeof port !== 'number' || typeof endPort !== 'number') return ['all'];
  return shut.filter((each) => port <= each && each <= endPort).map(String);
}

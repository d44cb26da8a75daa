import { engineBaseMebibytes, rangeClientLimit, reservedMebibytes } from '@meshrs/contract';
import { declaredAddresses, highestMaximumPrefixes, type Topology } from '@meshrs/topology';
import type { Container } from '../kubernetes/core-types.ts';

type Resources = NonNullable<Container['resources']>;

/** Of cRPD nothing has been measured. */
const crpdMemory = '1Gi';
/** Enough for 5000 clients that are idle, and for 800 that all receive 100 000 routes. */
const requestedMemory = '1Gi';
/**
 * bgpd 10.7.1 takes 150 KiB for a client that is idle, and 830 KiB for each of 5000 clients that all receive 100 000
 * routes, sockets included; the rest is kept in reserve.
 */
const clientMebibytes = 1;

/**
 * What the engine may use, and what is kept for it on a node. A limit that clients can reach ends all sessions of the
 * route server, on each side at the same moment; so it has room for all that the ranges let in, and beside it for a client
 * that announces as much as it may. It grows by whole steps only, since it stands in the pod's template: one client more
 * must not restart the pods. A memory that the topology names is both.
 */
export function engineResources(topology: Topology): Resources {
  const { routeServers } = topology;
  const { engine, resources } = routeServers;
  const cpu = resources.engineCpu;
  const fixed = resources.engineMemory ?? (engine === 'crpd' ? crpdMemory : undefined);
  if (fixed !== undefined) return { requests: { cpu, memory: fixed }, limits: { memory: fixed } };
  const room = rangeClientLimit * Math.max(1, Math.ceil(declaredAddresses(topology) / rangeClientLimit));
  // A topology for which nothing can be reserved is refused by its checks.
  const reserved = reservedMebibytes(highestMaximumPrefixes(topology)) ?? 0;
  const limit = `${String(engineBaseMebibytes + clientMebibytes * room + reserved)}Mi`;
  return { requests: { cpu, memory: requestedMemory }, limits: { memory: limit } };
}

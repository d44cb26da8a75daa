/**
 * What bgpd 10.7.1 needs, measured (docs/benchmarks.md, "What one client may announce"). The topology's checks and the pods'
 * limits are both made of it.
 */

/** bgpd with its table and no client. */
export const engineBaseMebibytes = 256;

/** A client that is idle. */
const idleClientKibibytes = 150;

/**
 * A route whose attributes fill a message of 4096 octets (RFC 4271 section 4) and are no other route's: 14 to 19 KiB were
 * seen, most of it communities, which bgpd also keeps as text. A usual route takes 0.9 KiB; so what one client with the
 * largest attributes takes is also what twenty take that announce usual routes up to their limit.
 */
const largestRouteKibibytes = 20;

/** More is not promised by a limit alone: the kernel ends bgpd when its node has no memory, whatever the limit says. */
const mostReservedMebibytes = 4096;

/** The limit of a client group holds when its topology says nothing: a leaf announces a few thousand routes. */
export const defaultMaximumPrefixes = 50_000;

/** What one client takes that announces up to this limit with the largest attributes. */
export function announcedMebibytes(maximumPrefixes: number): number {
  return Math.ceil((maximumPrefixes * largestRouteKibibytes) / 1024);
}

/**
 * The memory that is kept for a client that announces what it may; undefined: more than is kept without a word of the
 * topology. In whole steps, since it stands in the pod's template: a limit that is raised a little restarts no pod.
 */
export function reservedMebibytes(maximumPrefixes: number): number | undefined {
  const reserved = Math.max(1, Math.ceil(announcedMebibytes(maximumPrefixes) / 1024)) * 1024;
  return reserved <= mostReservedMebibytes ? reserved : undefined;
}

/** The highest limit for which memory is kept without a word of the topology. */
export const mostCoveredPrefixes = (mostReservedMebibytes * 1024) / largestRouteKibibytes;

/** The least that an engine needs: itself, its declared clients when they are idle, and one that announces what it may. */
export function leastEngineMebibytes({
  declared,
  maximumPrefixes,
}: {
  readonly declared: number;
  readonly maximumPrefixes: number;
}): number {
  const clients = Math.ceil((declared * idleClientKibibytes) / 1024);
  return engineBaseMebibytes + clients + announcedMebibytes(maximumPrefixes);
}

/** The highest limit that a memory of this size covers. */
export function coveredPrefixes(mebibytes: number, declared: number): number {
  const left = mebibytes - leastEngineMebibytes({ declared, maximumPrefixes: 0 });
  return Math.max(0, Math.floor((left * 1024) / largestRouteKibibytes));
}

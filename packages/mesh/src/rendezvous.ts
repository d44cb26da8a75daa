import { compareAddresses, sortAddresses, type IpAddress } from '@meshrs/network';

/**
 * The candidates in the order in which `self` prefers them, by rendezvous hashing (Thaler and Ravishankar, "Using
 * name-based mappings to increase hit rates", 1998): every route server ranks by itself, the choices of all spread
 * evenly, and a candidate that comes or goes moves no other.
 */
export function rankPeers(self: string, candidates: readonly IpAddress[]): readonly IpAddress[] {
  return candidates
    .map((address) => ({ address, weight: hash(`${self}\n${address}`) }))
    .sort((a, b) => b.weight - a.weight || compareAddresses(a.address, b.address))
    .map(({ address }) => address);
}

/**
 * At most `maximum` of the candidates, in order of address. Those of `current` that still are candidates stay, so that
 * no session ends because a better-ranked peer has come; what is free then goes by rank.
 */
export function choosePeers(options: {
  readonly self: string;
  readonly candidates: readonly IpAddress[];
  readonly current: readonly IpAddress[];
  readonly maximum: number;
}): readonly IpAddress[] {
  const { self, candidates, maximum } = options;
  if (candidates.length <= maximum) return sortAddresses(candidates);
  const ranked = rankPeers(self, candidates);
  const isCurrent = new Set<IpAddress>(options.current);
  const staying = ranked.filter((address) => isCurrent.has(address));
  const others = ranked.filter((address) => !isCurrent.has(address));
  return sortAddresses([...staying, ...others].slice(0, maximum));
}

/** FNV-1a over the UTF-16 units, then the finalizer of MurmurHash3, which spreads what differs in the last digit. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

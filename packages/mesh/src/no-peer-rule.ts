import type { LeftOutReason } from '@meshrs/contract';
import { contains, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';

/** Why an address that a source names can be no route server's, whatever else it names. */
export type NoPeerReason = Extract<LeftOutReason, 'special-address' | 'declared-client' | 'client-range'>;

/** An address that a source names and that is no peer. */
export interface NoPeer {
  readonly address: IpAddress;
  readonly reason: NoPeerReason;
}

/** The clients of a group that the settings know: those are nobody else, whatever a name server or the API says. */
export interface ClientsOfGroup {
  readonly prefixes: readonly IpPrefix[];
  readonly neighbors: readonly { readonly address: IpAddress }[];
}

/** `isCertain`: a person wrote it into the settings, where only what can be nobody's address is refused. */
export type NoPeerRule = (address: IpAddress, source: { readonly isCertain: boolean }) => NoPeerReason | undefined;

/**
 * The rule for one set of settings; made once, because a source may name thousands. A range that holds this route server
 * itself (0.0.0.0/0, as upstream's file has it) says nothing of who is a client: there it is who has, or had, a client's session.
 */
export function noPeerRule(
  clientGroups: readonly ClientsOfGroup[],
  facts: {
    readonly isPossiblePeer: (address: IpAddress) => boolean;
    /** Of this route server. */
    readonly own: IpAddress | undefined;
    /** Whether the address is that of a client which came from a range, now or before, as far as is known. */
    readonly isClient: (address: IpAddress) => boolean;
  },
): NoPeerRule {
  const declared = new Set(clientGroups.flatMap(({ neighbors }) => neighbors.map(({ address }) => address)));
  const self = facts.own && rangeOf(facts.own);
  const ranges = clientGroups
    .flatMap(({ prefixes }) => prefixes.map(rangeOf))
    .filter((range) => self === undefined || !contains(range, self));
  return (address, { isCertain }) => {
    if (!facts.isPossiblePeer(address)) return 'special-address';
    if (isCertain) return undefined;
    if (declared.has(address)) return 'declared-client';
    const own = rangeOf(address);
    return ranges.some((range) => contains(range, own)) || facts.isClient(address) ? 'client-range' : undefined;
  };
}

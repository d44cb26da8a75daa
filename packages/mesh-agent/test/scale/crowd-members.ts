/** Clients of a crowd that are alike; the first has `firstAddress` and `firstAsn`, each further one the next of both. */
export interface CrowdMembers {
  readonly firstAddress: string;
  readonly count: number;
  readonly firstAsn: number;
  /** All have the first AS: members of one mesh. */
  readonly isOneAsn?: boolean;
  /** Route servers that each of them dials. */
  readonly remotes: readonly string[];
  readonly holdSeconds: number;
  readonly retryMs: number;
  /** MAC routes that each announces after each OPEN exchange. */
  readonly routes: number;
  /** Adds the graceful restart capability with this restart time. */
  readonly restartSeconds?: number;
}

/** One client and one route server that it dials. */
export interface CrowdSessionPlan {
  readonly address: string;
  readonly asn: number;
  readonly remote: string;
  readonly holdSeconds: number;
  readonly retryMs: number;
  readonly routes: number;
  readonly restartSeconds?: number;
}

/** Every session of these members. */
export function sessionsOf(members: CrowdMembers): CrowdSessionPlan[] {
  const { firstAddress, count, firstAsn, isOneAsn = false, remotes, ...same } = members;
  return Array.from({ length: count }, (_, index) => index).flatMap((index) =>
    remotes.map((remote) => ({
      ...same,
      remote,
      address: addressAfter(firstAddress, index),
      asn: isOneAsn ? firstAsn : firstAsn + index,
    })),
  );
}

/** The IPv4 address so many further. */
export function addressAfter(first: string, distance: number): string {
  const number = first.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) + distance;
  return [24, 16, 8, 0].map((shift) => String((number >>> shift) & 255)).join('.');
}

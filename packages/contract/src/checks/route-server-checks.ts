import {
  findOverlaps,
  isPossiblePeer,
  specialUse,
  specialUseWithin,
  type AddressRange,
  type IpAddress,
  type IpPrefix,
} from '@meshrs/network';
import type { Finding, Path } from '@meshrs/strict-yaml';
import type { BgpTimers } from '../timers.ts';
import { at, claimedTwice, type Claim } from './claims.ts';
import type { RouteServerCode } from './route-server-codes.ts';

/*
 * Rules over several keys that hold for a topology and for the settings of one route server alike; each is told with the
 * places and owners of the file that is read.
 */

type Found = Finding<RouteServerCode>[];

/** Names of one kind are unique. */
export function duplicateNames(claims: readonly Claim[]): Found {
  return claimedTwice(claims, (claim, first) => ({
    code: 'duplicate-name',
    allowed: 'a name that nothing else has',
    message: `The name "${claim.value}" is used by both ${first.owner} (${at(first.path)}) and ${claim.owner}.`,
    hint: 'rename one of the two',
  }));
}

/** An address belongs to one thing. */
export function duplicateAddresses(claims: readonly Claim[]): Found {
  return claimedTwice(claims, (claim, first) => ({
    code: 'duplicate-address',
    allowed: 'an address that nothing else has',
    message: `The address ${claim.value} is used by both ${first.owner} (${at(first.path)}) and ${claim.owner}.`,
    hint: 'give one of the two another address',
  }));
}

/** A router-id belongs to one route server. */
export function duplicateRouterIds(claims: readonly Claim[]): Found {
  return claimedTwice(claims, (claim, first) => ({
    code: 'duplicate-router-id',
    allowed: 'a router-id that no other route server has',
    message: `The router-id ${claim.value} is used by both ${first.owner} (${at(first.path)}) and ${claim.owner}.`,
    hint: 'give each route server its own',
  }));
}

/** The router-ids of pods, as a file of the agents' has them. */
export function routerIdClaims(routerIds: Readonly<Record<string, IpAddress>>): Claim[] {
  return Object.entries(routerIds).map(([pod, value]) => ({ path: ['routerIds', pod], owner: pod, value }));
}

/** A session can end at each address. */
export function specialAddresses(
  claims: readonly Claim<IpAddress>[],
  isPossible: (address: IpAddress) => boolean = isPossiblePeer,
): Found {
  return claims.flatMap(({ path, owner, value }): Found => {
    const use = specialUse(value);
    if (use === undefined || isPossible(value)) return [];
    return [
      {
        code: 'special-address',
        path,
        message: `The address of ${owner}, ${value}, is set aside: ${use}. No session of another machine can end there.`,
        seen: value,
        allowed: 'an address of a machine: not loopback, link-local, multicast or reserved',
        hint: 'correct the address',
      },
    ];
  });
}

/**
 * Somebody can come from each prefix, and from every part of it. `everybody`: whether all addresses of a family may stand
 * for whoever comes.
 */
export function specialPrefixes(claims: readonly Claim<IpPrefix>[], everybody: 'taken' | 'refused'): Found {
  return claims.flatMap(({ path, owner, value }): Found => {
    const use = specialUse(value);
    const isTaken = everybody === 'taken' && value.endsWith('/0');
    const within = isTaken ? undefined : specialUseWithin(value);
    if (use === undefined && within === undefined) return [];
    return [
      {
        code: 'special-address',
        path,
        message:
          use === undefined
            ? `${value}, a prefix of ${owner}, holds addresses that are set aside: ${within ?? ''}. No client can come from there.`
            : `${value}, a prefix of ${owner}, is set aside: ${use}. No client can come from there.`,
        seen: value,
        allowed:
          'a prefix from which clients can come: not loopback, link-local, multicast or reserved, nor with such in it',
        hint:
          use === undefined ? 'write the smaller prefixes that clients come from' : 'remove the prefix, or correct it',
      },
    ];
  });
}

/** A range of addresses with the list that it stands in. */
export interface NamedRange {
  readonly path: Path;
  /** What the range is, for the reader: "the client group CLIENTS". */
  readonly owner: string;
  readonly prefix: IpPrefix;
  readonly range: AddressRange;
}

/** Ranges keep apart. `allowedBeside` says what is allowed for the second of two, or that the overlap is harmless. */
export function overlappingRanges<R extends NamedRange>(
  ranges: readonly R[],
  allowedBeside: (one: R, other: R) => string | undefined,
): Found {
  return findOverlaps(ranges).flatMap(([one, other]): Found => {
    const allowed = allowedBeside(other, one);
    if (allowed === undefined) return [];
    return [
      {
        code: 'overlapping-ranges',
        path: other.path,
        message: `${other.prefix} of ${other.owner} overlaps ${one.prefix} of ${one.owner} (${at(one.path)}).`,
        allowed,
        hint: 'choose ranges that share no address',
      },
    ];
  });
}

/** What is allowed for two ranges of clients. */
export function allowedBesideClients(isSameGroup: boolean): string {
  return isSameGroup ? 'ranges of one list share no address' : 'each address in one client group';
}

/** Keepalives are frequent enough for the hold time. */
export function mismatchedTimers(path: Path, { keepaliveSeconds, holdSeconds }: BgpTimers): Found {
  if (keepaliveSeconds * 3 <= holdSeconds) return [];
  return [
    {
      code: 'timers-mismatch',
      path,
      message: `A keepalive every ${String(keepaliveSeconds)} s is too rare for a hold time of ${String(holdSeconds)} s.`,
      seen: `keepaliveSeconds ${String(keepaliveSeconds)}, holdSeconds ${String(holdSeconds)}`,
      allowed: `keepaliveSeconds at most ${String(Math.floor(holdSeconds / 3))}, a third of holdSeconds`,
      hint: `set keepaliveSeconds: ${String(Math.max(1, Math.floor(holdSeconds / 3)))}, or a longer hold time`,
    },
  ];
}

/** Every route server has a session with each of the `others`. */
export function partialMesh(path: Path, maximum: number | undefined, others: number): Found {
  if (maximum === undefined || maximum >= others) return [];
  return [
    {
      code: 'partial-mesh',
      path,
      message: `Each route server would have sessions with ${String(maximum)} of ${String(others)} others; they pass on to each other only what their clients tell, so routes would be missing.`,
      seen: String(maximum),
      allowed: `${String(others)} or more, or left out: a full mesh`,
      hint: 'remove the maximum',
    },
  ];
}

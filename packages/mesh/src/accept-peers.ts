import type { Doubt } from '@meshrs/contract';
import { sortAddresses, type IpAddress } from '@meshrs/network';

/** What one look at a group's source gave. */
export type SourceReading =
  | {
      readonly kind: 'answer';
      readonly addresses: readonly IpAddress[];
      /** True where the answer cannot be wrong: a list that a person wrote into the settings. */
      readonly isCertain: boolean;
    }
  | { readonly kind: 'failure'; readonly code: string; readonly message: string };

/** What is remembered of one group between looks. */
export interface GroupMemory {
  /** The last good set, in order of address, without this route server. */
  readonly good: readonly IpAddress[];
  /** Whether the source has ever given an answer that was taken. */
  readonly hasAnswered: boolean;
  /** Peers of `good` that the source no longer names, with the time of the first look that missed them. */
  readonly missing: readonly { readonly address: IpAddress; readonly sinceMs: number }[];
  /** Peers that left `good` within the time of a second look. */
  readonly left: readonly { readonly address: IpAddress; readonly atMs: number }[];
  readonly doubt?: Doubt;
}

export interface AcceptanceRules {
  /** The addresses of this route server itself. */
  readonly own: readonly IpAddress[];
  /** The largest share of the peers that may leave within `secondLookMs` without having been missed twice. */
  readonly maximumLeavingPercent: number;
  /** How long after the first look that misses a peer a look counts as the second one. */
  readonly secondLookMs: number;
}

export interface Acceptance {
  readonly memory: GroupMemory;
  readonly joined: readonly IpAddress[];
  readonly left: readonly IpAddress[];
  /** When the source must be looked at anew, apart from its usual times. */
  readonly lookAgainAtMs?: number;
}

/** Memory before the first look. `configured` is what an earlier run of the agent left in the engine. */
export function firstMemory(configured: readonly IpAddress[]): GroupMemory {
  return { good: sorted(configured), hasAnswered: false, missing: [], left: [] };
}

/**
 * What to accept after a look: a source that fails, or names nobody or this route server alone, never means "no
 * peers", and no more than the allowed share leaves unless a second look misses the same peers.
 */
export function acceptPeers(
  memory: GroupMemory,
  look: SourceReading,
  rules: AcceptanceRules,
  nowMs: number,
): Acceptance {
  if (look.kind === 'failure') {
    return keep(memory, { kind: 'source-failed', code: look.code, message: look.message });
  }
  const own = new Set(rules.own);
  const named = sorted(look.addresses).filter((address) => !own.has(address));
  if (look.isCertain) return take(memory, named, { missing: [], left: [] });
  if (look.addresses.length === 0) return keep(memory, { kind: 'empty-answer' });
  if (named.length === 0) {
    return memory.good.length === 0
      ? take(memory, [], { missing: [], left: recent(memory, rules, nowMs) })
      : keep(memory, { kind: 'only-self' });
  }
  return takeWithinShare(memory, named, rules, nowMs);
}

/** True when both doubts would be told to a person in the same words. */
export function isSameDoubt(one: Doubt | undefined, other: Doubt | undefined): boolean {
  if (!one || !other) return one === other;
  if (one.kind === 'source-failed') return other.kind === 'source-failed' && one.code === other.code;
  return one.kind === other.kind;
}

function takeWithinShare(
  memory: GroupMemory,
  named: readonly IpAddress[],
  rules: AcceptanceRules,
  nowMs: number,
): Acceptance {
  const isNamed = new Set(named);
  const since = new Map(memory.missing.map((entry) => [entry.address, entry.sinceMs]));
  const missing = memory.good
    .filter((address) => !isNamed.has(address))
    .map((address) => ({ address, sinceMs: Math.min(since.get(address) ?? nowMs, nowMs) }));
  const left = recent(memory, rules, nowMs);
  const peersBefore = memory.good.length + left.length;
  const isWithinShare = (missing.length + left.length) * 100 <= rules.maximumLeavingPercent * peersBefore;
  const staying = isWithinShare ? [] : missing.filter((entry) => nowMs - entry.sinceMs < rules.secondLookMs);
  const good = sorted([...named, ...staying.map((entry) => entry.address)]);
  const accepted = take(memory, good, { missing: staying, left });
  // What was missed twice is settled, and does not count against those that leave later.
  const counted = isWithinShare ? accepted.left.map((address) => ({ address, atMs: nowMs })) : [];
  const next = { ...accepted, memory: { ...accepted.memory, left: [...left, ...counted] } };
  if (staying.length === 0) return next;
  return {
    ...next,
    memory: {
      ...next.memory,
      doubt: { kind: 'many-leaving', leaving: staying.map((entry) => entry.address) },
    },
    lookAgainAtMs: Math.min(...staying.map((entry) => entry.sinceMs)) + rules.secondLookMs,
  };
}

function keep(memory: GroupMemory, doubt: Doubt): Acceptance {
  return { memory: { ...memory, doubt }, joined: [], left: [] };
}

function take(
  memory: GroupMemory,
  good: readonly IpAddress[],
  rest: Pick<GroupMemory, 'missing' | 'left'>,
): Acceptance {
  const before = new Set(memory.good);
  const after = new Set(good);
  return {
    memory: { good, hasAnswered: true, ...rest },
    joined: good.filter((address) => !before.has(address)),
    left: memory.good.filter((address) => !after.has(address)),
  };
}

function recent(memory: GroupMemory, rules: AcceptanceRules, nowMs: number): GroupMemory['left'] {
  return memory.left.filter((entry) => nowMs - entry.atMs < rules.secondLookMs);
}

function sorted(addresses: readonly IpAddress[]): readonly IpAddress[] {
  return sortAddresses(new Set(addresses));
}

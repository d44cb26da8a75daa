import type { Doubt } from '@meshrs/contract';
import { familyOf, sortAddresses, type Family, type IpAddress } from '@meshrs/network';
import type { NoPeer, NoPeerRule } from './no-peer-rule.ts';

/** What one look at a group's source gave. */
export type SourceReading = SourceAnswer | SourceFailure;

export interface SourceAnswer {
  readonly kind: 'answer';
  readonly addresses: readonly IpAddress[];
  /** True where the answer cannot be wrong: a list that a person wrote into the settings. */
  readonly isCertain: boolean;
  /** The route server behind an address, where the source says it: the name of its pod. */
  readonly servers?: ReadonlyMap<IpAddress, string>;
  /** The families in which this route server is published, where the source tells it by name. */
  readonly ownFamilies?: readonly Family[];
  /** What the source says and nobody understands, each by name, for people; passed over. */
  readonly notUnderstood?: readonly string[];
  /** Families of which the source did not say whom it has: nobody of them is missed. */
  readonly unheard?: readonly (Omit<SourceFailure, 'kind'> & { readonly family: Family })[];
}

export interface SourceFailure {
  readonly kind: 'failure';
  readonly code: string;
  readonly message: string;
}

/** What is remembered of one group between looks. */
export interface GroupMemory {
  /** The last good set, in order of address, without this route server. */
  readonly good: readonly IpAddress[];
  /** The route servers behind addresses of `good`, as far as the source has said it. */
  readonly servers: ReadonlyMap<IpAddress, string>;
  /** Whether the source has ever given an answer that was taken. */
  readonly hasAnswered: boolean;
  /** Peers of `good` that the source no longer names, with the time of the first look that missed them. */
  readonly missing: readonly { readonly address: IpAddress; readonly sinceMs: number }[];
  /** Settled peers that left `good` within `manyLeavingMs`, and had not been missed for that long. */
  readonly left: readonly Moment[];
  /** Peers that joined others within `manyLeavingMs`: the set that is replaced is the one without them. */
  readonly joined: readonly Moment[];
  /** Addresses of the last answer that can be no route server's; the first of them. */
  readonly noPeers: readonly NoPeer[];
  /** Families in which the source has published this route server. */
  readonly ownFamilies: readonly Family[];
  readonly doubt?: Doubt;
}

interface Moment {
  readonly address: IpAddress;
  readonly atMs: number;
}

export interface AcceptanceRules {
  /** The addresses of this route server itself. */
  readonly own: readonly IpAddress[];
  /** Why no other route server can have this address; undefined: one can. */
  readonly whyNoPeer: NoPeerRule;
  /** The largest share of the settled peers that may leave at a second look. */
  readonly maximumLeavingPercent: number;
  /** How long after the first look that misses a peer a look counts as the second one. */
  readonly secondLookMs: number;
  /** The same where more than the share would leave. */
  readonly manyLeavingMs: number;
}

export interface Acceptance {
  readonly memory: GroupMemory;
  readonly joined: readonly IpAddress[];
  readonly left: readonly IpAddress[];
  /** When the source must be looked at anew, apart from its usual times. */
  readonly lookAgainAtMs?: number;
}

/** A group has no more peers, whatever its source says: four times the largest fleet that is promised. */
export const maximumGroupPeers = 2000;
/** So many addresses that can be no route server's are shown. */
const shownNoPeers = 10;

/** Memory before the first look. `configured` is what the engine has. */
export function firstMemory(configured: readonly IpAddress[]): GroupMemory {
  return {
    good: sorted(configured),
    servers: new Map(),
    hasAnswered: false,
    missing: [],
    left: [],
    joined: [],
    noPeers: [],
    ownFamilies: [],
  };
}

/** What stays of a group that gets another source: whom it has, and nothing that the old source said of them. */
export function withoutSource({ good, hasAnswered }: GroupMemory): GroupMemory {
  return { ...firstMemory(good), hasAnswered };
}

/**
 * What to accept after a look. A source that fails, or names nobody, this route server alone or only addresses that can be
 * no route server's, never means "no peers". Who is new joins at once; who is missing leaves at a second look, and where more than
 * the allowed share would leave, only after the longer time.
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
  const others = sorted(look.addresses).filter((address) => !own.has(address));
  const decided = others.map((address) => ({ address, reason: rules.whyNoPeer(address, look) }));
  const named = decided.filter(({ reason }) => reason === undefined).map(({ address }) => address);
  const noPeers = decided
    .flatMap(({ address, reason }) => (reason === undefined ? [] : [{ address, reason }]))
    .slice(0, shownNoPeers);
  const published = look.ownFamilies ?? look.addresses.filter((address) => own.has(address)).map(familyOf);
  const seen: GroupMemory = {
    ...memory,
    noPeers,
    // What was published once counts on: a slice that is gone for a moment must not move every session to another family.
    ownFamilies: [...new Set([...memory.ownFamilies, ...published])].sort(),
  };
  if (look.isCertain) return take({ ...seen, servers: new Map(), missing: [], left: [], joined: [] }, named);
  if (look.addresses.length === 0) return keep(seen, { kind: 'empty-answer' });
  if (named.length > 0) return takeNamed(seen, { ...look, named }, rules, nowMs);
  if (noPeers.length > 0) return keep(seen, { kind: 'only-special' });
  return memory.good.length === 0
    ? take({ ...seen, missing: [], left: recent(memory.left, rules, nowMs), joined: [] }, [])
    : keep(seen, { kind: 'only-self' });
}

/** True when both doubts would be told to a person in the same words. */
export function isSameDoubt(one: Doubt | undefined, other: Doubt | undefined): boolean {
  if (!one || !other) return one === other;
  if (one.kind === 'source-failed') return other.kind === 'source-failed' && one.code === other.code;
  return one.kind === other.kind;
}

function takeNamed(
  memory: GroupMemory,
  look: SourceAnswer & { readonly named: readonly IpAddress[] },
  rules: AcceptanceRules,
  nowMs: number,
): Acceptance {
  const left = recent(memory.left, rules, nowMs);
  const joined = recent(memory.joined, rules, nowMs);
  const absence = findAbsent(memory, look, { joined, nowMs });
  const leaving = absence.missing.filter(({ isReplaceable }) => !isReplaceable);
  const settled = memory.good.length - joined.length + left.length;
  // An answer with addresses that can be no route server's is no good witness that somebody is gone.
  const isMany =
    memory.noPeers.length > 0 || (leaving.length + left.length) * 100 > rules.maximumLeavingPercent * settled;
  const longMs = Math.max(rules.secondLookMs, rules.manyLeavingMs);
  const waitMs = ({ isReplaceable }: Missing) => (isMany && !isReplaceable ? longMs : rules.secondLookMs);
  const staying = absence.missing.filter((entry) => nowMs - entry.sinceMs < waitMs(entry));
  const isStaying = new Set(staying.map(({ address }) => address));
  // Who was missed for the longer time does not count against those that leave later.
  const counted = leaving
    .filter(({ address, sinceMs }) => !isStaying.has(address) && nowMs - sinceMs < longMs)
    .map(({ address }) => ({ address, atMs: nowMs }));

  const { good, isCut } = withinLimit(memory, look.named, [...isStaying, ...absence.unheard]);
  const isGood = new Set(good);
  const taken = take(memory, good);
  // The first set is nobody's replacement.
  const comers = memory.good.length === 0 ? [] : taken.joined.map((address) => ({ address, atMs: nowMs }));
  const next: Acceptance = {
    ...taken,
    memory: {
      ...taken.memory,
      servers: serversOf(good, look.servers, memory.servers),
      missing: [...staying.map(({ address, sinceMs }) => ({ address, sinceMs })), ...absence.stillMissing],
      left: [...left, ...counted],
      joined: [...joined.filter(({ address }) => isGood.has(address)), ...comers],
    },
  };
  const doubt = doubtOf({ staying: isMany ? staying : [], isCut, look, unheard: absence.unheard });
  return {
    ...next,
    ...(doubt && { memory: { ...next.memory, doubt } }),
    ...(staying.length > 0 && {
      lookAgainAtMs: Math.min(...staying.map((entry) => entry.sinceMs + waitMs(entry))),
    }),
  };
}

interface Missing {
  readonly address: IpAddress;
  readonly sinceMs: number;
  /**
   * It may leave at a second look in any case: the source names another address of the same family for the same route
   * server, or it came a moment ago.
   */
  readonly isReplaceable: boolean;
}

/** Who of the good set the answer does not name. */
function findAbsent(
  memory: GroupMemory,
  look: SourceAnswer & { readonly named: readonly IpAddress[] },
  { joined, nowMs }: { readonly joined: readonly Moment[]; readonly nowMs: number },
): {
  readonly missing: readonly Missing[];
  /** Of a family of which nothing was heard. */
  readonly unheard: readonly IpAddress[];
  /** What is known of `unheard` from looks before. */
  readonly stillMissing: GroupMemory['missing'];
} {
  const isNamed = new Set(look.named);
  const since = new Map(memory.missing.map((entry) => [entry.address, entry.sinceMs]));
  const deaf = new Set(look.unheard?.map(({ family }) => family));
  const places = new Set(
    look.named.flatMap((address) => {
      const server = look.servers?.get(address);
      return server === undefined ? [] : [placeOf(server, address)];
    }),
  );
  const isNew = new Set(joined.map(({ address }) => address));
  const absent = memory.good.filter((address) => !isNamed.has(address));
  const unheard = absent.filter((address) => deaf.has(familyOf(address)));
  const missing = absent
    .filter((address) => !deaf.has(familyOf(address)))
    .map((address) => {
      const server = memory.servers.get(address);
      return {
        address,
        sinceMs: Math.min(since.get(address) ?? nowMs, nowMs),
        isReplaceable: isNew.has(address) || (server !== undefined && places.has(placeOf(server, address))),
      };
    });
  const isUnheard = new Set(unheard);
  return { missing, unheard, stillMissing: memory.missing.filter(({ address }) => isUnheard.has(address)) };
}

function placeOf(server: string, address: IpAddress): string {
  return `${familyOf(address)} ${server}`;
}

/** Who stays and who is named, those that are new only as long as there is room. */
function withinLimit(
  memory: GroupMemory,
  named: readonly IpAddress[],
  kept: readonly IpAddress[],
): { readonly good: readonly IpAddress[]; readonly isCut: boolean } {
  const known = new Set(memory.good);
  const staying = [...named.filter((address) => known.has(address)), ...kept];
  const comers = named.filter((address) => !known.has(address));
  const room = Math.max(0, maximumGroupPeers - staying.length);
  return { good: sorted([...staying, ...comers.slice(0, room)]), isCut: comers.length > room };
}

function serversOf(
  good: readonly IpAddress[],
  now: ReadonlyMap<IpAddress, string> | undefined,
  before: ReadonlyMap<IpAddress, string>,
): ReadonlyMap<IpAddress, string> {
  return new Map(
    good.flatMap((address) => {
      const server = now?.get(address) ?? before.get(address);
      return server === undefined ? [] : [[address, server] as const];
    }),
  );
}

function doubtOf(facts: {
  readonly staying: readonly Missing[];
  readonly isCut: boolean;
  readonly look: SourceAnswer;
  readonly unheard: readonly IpAddress[];
}): Doubt | undefined {
  const { staying, isCut, look, unheard } = facts;
  const leaving = staying.filter(({ isReplaceable }) => !isReplaceable).map(({ address }) => address);
  if (leaving.length > 0) return { kind: 'many-leaving', leaving };
  if (isCut) {
    return {
      kind: 'source-failed',
      code: 'too-many-addresses',
      message: `The source names more route servers than the ${String(maximumGroupPeers)} that a group can have; the others are no peers.`,
    };
  }
  // A family that fails matters where peers are known by it: nobody can say whether they are still there.
  const [silent] = look.unheard?.filter(({ family }) => unheard.some((address) => familyOf(address) === family)) ?? [];
  return silent && { kind: 'source-failed', code: silent.code, message: silent.message };
}

function keep(memory: GroupMemory, doubt: Doubt): Acceptance {
  return { memory: { ...memory, doubt }, joined: [], left: [] };
}

function take(memory: GroupMemory, good: readonly IpAddress[]): Acceptance {
  const { servers, missing, left, joined, noPeers, ownFamilies } = memory;
  const before = new Set(memory.good);
  const after = new Set(good);
  return {
    // Without the doubt: it is settled.
    memory: { good, servers, hasAnswered: true, missing, left, joined, noPeers, ownFamilies },
    joined: good.filter((address) => !before.has(address)),
    left: memory.good.filter((address) => !after.has(address)),
  };
}

function recent(moments: readonly Moment[], rules: AcceptanceRules, nowMs: number): readonly Moment[] {
  return moments.filter(({ atMs }) => nowMs - atMs < rules.manyLeavingMs);
}

function sorted(addresses: readonly IpAddress[]): readonly IpAddress[] {
  return sortAddresses(new Set(addresses));
}

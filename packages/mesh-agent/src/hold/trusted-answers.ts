import type { ClientsSight, OtherRouteServer } from '@meshrs/gate';

/** What another route server told, and at which address. */
export interface ToldByOther extends OtherRouteServer {
  /** It is on its way down, or waits before it ends sessions. */
  readonly isLeaving: boolean;
}

/** By address: the time that an answer tells, and when it was told first. */
export type SaidBefore = Map<string, { readonly saidAt: string; readonly firstMs: number }>;

/** An agent's answer is the same for a second. */
const sameForMs = 1100;

/** Whether an answer was told before, longer ago than an agent keeps one: it is somebody's copy, and tells nothing of now. */
export function isRepeated(said: SaidBefore, address: string, saidAt: string, askedAtMs: number): boolean {
  const before = said.get(address);
  if (before?.saidAt === saidAt) return askedAtMs - before.firstMs > sameForMs;
  said.set(address, { saidAt, firstMs: askedAtMs });
  return false;
}

/** What an engine had before this one told that it waits is not what it has: it may have died since then. */
export function readSince(
  sight: ClientsSight,
  { nowMs, sinceMs }: { readonly nowMs: number; readonly sinceMs: number },
) {
  const { reading } = sight;
  if (reading.kind !== 'read' || nowMs - reading.ageMs >= sinceMs) return sight;
  return unknown(sight, 'its sessions were not read since this one waits');
}

/**
 * A mesh may know a route server by two addresses. Of two answers of one router-id the one that leaves counts; where none does, and
 * they disagree, nobody knows who tells the truth.
 */
export function agreed<Told extends ToldByOther>(told: readonly Told[]): readonly Told[] {
  const groups = Map.groupBy(told, ({ routerId }) => routerId);
  return [...groups].flatMap(([routerId, group]) => {
    if (routerId === undefined || group.length === 1) return group;
    const leaving = group.filter(({ isLeaving }) => isLeaving);
    if (leaving.length > 0) return leaving;
    if (new Set(group.map(({ sight }) => contentOf(sight))).size === 1) return group;
    return group.map((each) => ({ ...each, sight: unknown(each.sight, `two agents say that they are ${routerId}`) }));
  });
}

function contentOf({ identity, reading }: ClientsSight): string {
  return [identity, reading.kind, reading.kind === 'read' ? reading.clients.count : 0].join(' ');
}

function unknown(sight: ClientsSight, why: string): ClientsSight {
  return { ...sight, reading: { kind: 'stale', why } };
}

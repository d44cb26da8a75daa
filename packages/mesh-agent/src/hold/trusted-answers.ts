import type { ClientColumns } from '@meshrs/contract';
import type { ClientsReading, ClientsSight, OtherRouteServer } from '@meshrs/gate';
import { createHash } from 'node:crypto';

/** What another route server told, and at which address. */
export interface ToldByOther extends OtherRouteServer {
  /** It is on its way down, or waits before it ends sessions. */
  readonly isLeaving: boolean;
  /** Its name, where it is being taken down, or is drained. */
  readonly draining?: string | undefined;
  /** Its name, where it holds settings that reset sessions of its clients. */
  readonly resetting?: string | undefined;
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

/** Two answers of one agent, of which one was kept for a second, and the other one took its time. */
const leftMayDifferMs = 5000;

/**
 * A mesh may know a route server by two addresses. The one that stands at the address that it names as its router-id is it, whatever
 * others say. Otherwise nobody knows who tells the truth where two differ in anything: what they have counts as not known, and that
 * they wait counts, but not that they let anybody go.
 */
export function agreed<Told extends ToldByOther>(told: readonly Told[]): readonly Told[] {
  const groups = Map.groupBy(told, ({ routerId }) => routerId);
  return [...groups].flatMap(([routerId, group]) => {
    if (routerId === undefined || group.length === 1) return group;
    const itself = group.filter(({ sight }) => sight.name === routerId);
    if (itself.length > 0) return itself;
    if (isOneAnswer(group)) return group;
    const at = group.map(({ sight }) => sight.name).sort();
    const why = `agents at ${at.slice(0, 3).join(', ')} say that they are ${routerId}, and differ`;
    return group.map((each) => ({
      ...each,
      sight: unknown({ ...each.sight, isTerminating: false }, why),
      isLeaving: false,
      hold: each.hold && { ...each.hold, waitsFor: [] },
      draining: undefined,
      resetting: undefined,
    }));
  });
}

function isOneAnswer(group: readonly ToldByOther[]): boolean {
  const left = group.flatMap(({ hold }) => (hold ? [hold.leftMs] : []));
  const isOneTime = left.length === 0 || Math.max(...left) - Math.min(...left) <= leftMayDifferMs;
  return isOneTime && new Set(group.map(contentOf)).size === 1;
}

/** All that is decided by. */
function contentOf({ sight, isLeaving, isAsking, hold, draining, resetting }: ToldByOther): string {
  const { identity, isTerminating, reading } = sight;
  const waits = hold && [hold.id, hold.waitsFor.map(({ routerId, id }) => `${routerId} ${id}`).sort()];
  return JSON.stringify([
    ...[identity, isTerminating, isLeaving, isAsking, draining, resetting, waits, reading.kind],
    reading.kind === 'read' && [reading.isDraining, clientsIn(reading.clients), passedOverIn(reading)],
  ]);
}

/** Of hundreds of thousands of sessions: a digest, whatever their order. */
function clientsIn({ count, rows, states, names, prefixes }: ClientColumns): string {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  order.sort((a, b) => (rows[a] ?? 0) - (rows[b] ?? 0) || (names[a] ?? 0) - (names[b] ?? 0));
  const digest = createHash('sha256');
  const row = new Uint32Array(4);
  for (const index of order) {
    row.set([rows[index] ?? 0, states[index] ?? 0, names[index] ?? 0, prefixes[index] ?? 0]);
    digest.update(new Uint8Array(row.buffer));
  }
  return digest.digest('base64');
}

function passedOverIn({ passedOver }: ClientsReading & { readonly kind: 'read' }): readonly string[] {
  return passedOver.map(({ neighbor, state }) => `${neighbor} ${state ?? ''}`).sort();
}

function unknown(sight: ClientsSight, why: string): ClientsSight {
  return { ...sight, reading: { kind: 'stale', why } };
}

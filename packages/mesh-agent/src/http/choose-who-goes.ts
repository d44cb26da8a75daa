import type { ListenerLimits, Refusal } from './limits.ts';

/** What of a connection decides who goes when there are too many. */
export interface Standing {
  readonly source: string;
  /** Whether a request was read whose answer is not yet written: it is served before it goes. */
  readonly isServed: boolean;
}

/**
 * Which connection goes to make room for the newest, which is the last of them: the oldest that has no whole request, or
 * was answered, of the newcomer's source where that has too many. The newcomer itself where all others are being served.
 * Undefined while there is room.
 */
export function chooseWhoGoes<T extends Standing>(
  newcomer: T,
  all: ReadonlySet<T>,
  countBySource: ReadonlyMap<string, number>,
  limits: Pick<ListenerLimits, 'connections' | 'connectionsOfSource'>,
): { readonly goes: T; readonly reason: Refusal } | undefined {
  const { connectionsOfSource: ofSource } = limits;
  if (ofSource !== undefined && (countBySource.get(newcomer.source) ?? 0) > ofSource) {
    return { goes: oldestOf(newcomer.source, all) ?? newcomer, reason: 'connections-of-source' };
  }
  if (all.size <= limits.connections) return undefined;
  return { goes: oldestOf(undefined, all) ?? newcomer, reason: 'connections' };
}

function oldestOf<T extends Standing>(source: string | undefined, all: ReadonlySet<T>): T | undefined {
  for (const each of all) if (!each.isServed && (source === undefined || each.source === source)) return each;
  return undefined;
}

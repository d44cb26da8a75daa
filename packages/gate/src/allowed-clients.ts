import type { ClientBook } from '@meshrs/contract';
import type { Keeper } from './keepers.ts';
import type { Keeping } from './keeping.ts';
import { awaySeconds, isToldAway, type KeptBefore } from './seen-clients.ts';

/**
 * A client that may be missing is not waited for where it is missing: it is switched off, or has one side alone. One that was
 * on both sides a short time ago is neither: it is on its way back, and would lose both.
 */
export function rememberKept(
  rows: readonly number[],
  by: {
    readonly book: ClientBook;
    readonly atSeconds: number;
    readonly before: KeptBefore | undefined;
    readonly keepers: readonly Keeper[];
    readonly keeping: Keeping;
  },
): KeptBefore {
  const { book, atSeconds, keeping, keepers } = by;
  const before = by.before?.book === book ? by.before.atSeconds : new Map<number, number>();
  const kept = new Map<number, number>();
  for (const row of rows) {
    const isThere = keeping.isKept(row) || keeping.reasonOf(row)?.kind === 'leaving';
    const last = isThere ? atSeconds : before.get(row);
    if (last !== undefined && atSeconds - last <= awaySeconds) kept.set(row, last);
  }
  const asked = new Set(rows.filter((row) => !kept.has(row)));
  for (const { clients, unchangedSeconds } of asked.size === 0 ? [] : keepers) {
    for (let index = 0; index < clients.count; index++) {
      const row = clients.rows[index] ?? 0;
      if (!asked.has(row) || !isToldAway(clients, index, unchangedSeconds)) continue;
      kept.set(row, atSeconds - (clients.uptimes[index] ?? 0) - unchangedSeconds);
    }
  }
  return { book, atSeconds: kept };
}

/**
 * Whether a route server whose own part of the time is over ends sessions now, or later, by when others say that their time is over:
 * as far from each of these moments as it can, up to `enoughMs`, which is what clients need to be back. What others say counts here
 * from whoever can be asked, also where the mesh has no session with it and nothing else of its answer counts: it makes nobody wait for longer
 * than its own time, and lets nobody end sooner than by its own part (docs/decisions/0036).
 */
export function isBestNow(
  othersEndMs: readonly number[],
  by: { readonly nowMs: number; readonly untilMs: number; readonly enoughMs: number },
): boolean {
  const { nowMs, untilMs, enoughMs } = by;
  const apart = (moment: number) => Math.min(enoughMs, ...othersEndMs.map((end) => Math.abs(end - moment)));
  const later = [...othersEndMs.map((end) => end + enoughMs), untilMs].filter((end) => end > nowMs && end <= untilMs);
  return later.every((moment) => apart(moment) <= apart(nowMs));
}

export interface LookMoments {
  readonly isAsk: boolean;
  /** From each of them on a look says more than one before it. */
  readonly moments: readonly number[];
}

/** A question lasts for some seconds; this many looks more cost little. */
const longestOfAskMs = 4000;

/**
 * After which time the next look begins: the usual one, but no moment from which on a look counts goes by unseen, and no look that
 * would be under way then takes its place.
 */
export function nextLookMs(
  { nowMs, tookMs, everyMs }: { readonly nowMs: number; readonly tookMs: number; readonly everyMs: number },
  { isAsk, moments }: LookMoments,
): number {
  const usualMs = isAsk ? Math.min(everyMs, longestOfAskMs) : everyMs;
  const left = moments.map((moment) => Math.ceil(moment - nowMs));
  const next = left.filter((milliseconds) => milliseconds > 0 && milliseconds < usualMs + tookMs);
  return next.length > 0 ? Math.min(...next) : usualMs;
}

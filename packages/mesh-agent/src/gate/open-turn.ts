import { opensTurn, type GateVerdict } from '@meshrs/gate';
import { hasAborted } from '../async/pause.ts';
import type { GateTiming } from './gate-timing.ts';
import type { GateTurn, OpeningTurn, WantedTurn } from './gate-turn.ts';

export const pollMs = 1000;

export type LaterLook =
  | { readonly kind: 'kept' }
  /** `not-kept`: what a look waits for. `not-seen`: why there was none; whether the clients are kept nobody knows. */
  | { readonly kind: 'not-kept' | 'not-seen'; readonly lacking: readonly string[] };

export interface OpeningTools {
  /** What it waits for, each time that is another thing. */
  readonly tell: (obstacles: readonly string[], warnings: readonly string[]) => void;
  readonly ending: AbortSignal;
  readonly timing: GateTiming;
  /** When the look was by which the gate opens, and how long it took. */
  readonly lookedAtMs: number;
  readonly lookTookMs: number;
  /** Looks once more, and ends at the first look that is not well: the side is open meanwhile. */
  readonly again: (signal: AbortSignal) => Promise<LaterLook>;
}

/**
 * Once it is written, part of the API servers may go by it, and the gate waits for the others. What it saw counts only for a moment: no
 * turn is written, and no gate passes, by an older look; a turn that is open while clients are not kept any more is taken back.
 */
export async function openTurn(
  turn: GateTurn | undefined,
  verdict: Extract<GateVerdict, { kind: 'open' }>,
  wanted: Omit<WantedTurn, 'isFresh'>,
  { tell, ending, timing, again, lookTookMs, ...seen }: OpeningTools,
): Promise<TurnOfOpening> {
  if (!turn) return { kind: 'open', turn: 'none' };
  if (!opensTurn(verdict)) return { kind: 'open', turn: 'stays-closed' };
  let { lookedAtMs } = seen;
  const isOlderThan = (milliseconds: number): boolean => timing.clock.monotonicMs() - lookedAtMs > milliseconds;
  const isFresh = (): boolean => !isOlderThan(Math.max(freshLooks * timing.confirmAfterMs, 2 * lookTookMs));
  const lookAgainMs = Math.max(timing.lookAgainMs, 4 * lookTookMs + timing.confirmAfterMs);
  for (;;) {
    const opening = await turn.open({ ...wanted, isFresh }, ending);
    if (opening.kind === 'lost') return opening;
    if (isOlderThan(timing.confirmAfterMs)) {
      const later = await again(AbortSignal.any([ending, timing.deadline(lookAgainMs)]));
      // What it waited for is said, and not the look that was broken off.
      if (hasAborted(ending) && opening.kind === 'spreading') return opening;
      if (later.kind !== 'kept') return { kind: 'lost', obstacles: later.lacking };
      lookedAtMs = timing.clock.monotonicMs();
    }
    if (opening.kind === 'open') return { ...opening, turn: 'opened' };
    if (hasAborted(ending)) return opening;
    tell(opening.obstacles, []);
    await timing.wait(pollMs, ending);
  }
}

/**
 * An API server that is slow to answer is no reason to look anew; one that takes longer than these looks are apart is, or, where a look
 * takes long by itself, longer than two of these.
 */
const freshLooks = 5;

export type TurnOfOpening =
  | { readonly kind: 'open'; readonly turn: 'none' | 'stays-closed' }
  | { readonly kind: 'open'; readonly turn: 'opened'; readonly until: string }
  | Exclude<OpeningTurn, { kind: 'open' }>;

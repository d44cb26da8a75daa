import { setTimeout as sleep } from 'node:timers/promises';
import { describeTurn } from '@meshrs/gate';
import { AgentFailure, type SeenTurn } from '@meshrs/mesh-agent/by-hand';

/** How the time in which a side is open came to its end. */
export type HeldEnd =
  | { readonly kind: 'asked'; readonly why: string }
  | { readonly kind: 'over' }
  /** Somebody else closed it, or opened another one. */
  | { readonly kind: 'taken'; readonly now: string };

export interface HoldOptions {
  /** Reads the turn; rejects with an AgentFailure where nobody answers. */
  readonly read: (signal: AbortSignal) => Promise<SeenTurn>;
  /** As it was written. */
  readonly opened: { readonly open: string; readonly by: string; readonly until: string; readonly reason: string };
  /** Resolves with the reason when the person ends it. */
  readonly end: Promise<string>;
  readonly say: (line: string) => void;
  /** Of a clock that never steps; left out: the machine's. */
  readonly monotonicMs?: () => number;
  readonly times?: { readonly lookMs: number; readonly warnMs: number };
}

/** A gate that comes closes what it finds; a person is to see it soon. */
const usualTimes = { lookMs: 5000, warnMs: 30_000 } as const;

/**
 * Stays until the side is not open any more, or is to be closed. What time it is the API server says, each time that it
 * answers; between its answers, and while it is silent, this machine's clock counts on, which a sleep may have stopped.
 */
export async function holdOpen({
  read,
  opened,
  end,
  say,
  monotonicMs = () => performance.now(),
  times = usualTimes,
}: HoldOptions): Promise<HeldEnd> {
  const stop = new AbortController();
  const asked: { why?: string } = {};
  void end.then((why) => {
    asked.why = why;
    stop.abort();
  });
  const untilMs = Date.parse(opened.until);
  /** The API server's time, and when it was told. */
  let told: { readonly dateMs: number; readonly atMs: number } | undefined;
  let warnedAtMs = -Infinity;
  let silence = '';
  for (;;) {
    if (asked.why !== undefined) return { kind: 'asked', why: asked.why };
    const askedAtMs = monotonicMs();
    try {
      const { turn, dateMs } = await read(stop.signal);
      if (silence !== '') say('The Kubernetes API answers again.');
      silence = '';
      // Counted from when it was asked: it was answered later, so that more time is over than this says, by no more than an answer takes.
      if (dateMs !== undefined) told = { dateMs, atMs: askedAtMs };
      const isSame =
        turn.state === 'open' && turn.by === opened.by && turn.until === opened.until && turn.open === opened.open;
      if (turn.state === 'closed' || (turn.state === 'open' && !isSame)) return { kind: 'taken', now: wordsOf(turn) };
      if (turn.state === 'unknown') silence = tellOnce(silence, `The turn cannot be read: ${turn.why}`);
    } catch (thrown) {
      if (hasEnded()) continue;
      if (!(thrown instanceof AgentFailure)) throw thrown;
      silence = tellOnce(silence, thrown.message);
    }
    const nowMs = monotonicMs();
    const leftMs = told === undefined ? undefined : untilMs - (told.dateMs + (nowMs - told.atMs));
    if (leftMs !== undefined && leftMs <= 0) return { kind: 'over' };
    if (nowMs - warnedAtMs >= times.warnMs) {
      warnedAtMs = nowMs;
      say(
        `${what(opened.open)} open: ${leftMs === undefined ? 'nobody says for how long' : `${duration(leftMs)} left`}, until ${opened.until}. Ctrl-C closes.`,
      );
    }
    const waitMs = Math.min(times.lookMs, leftMs ?? Infinity, warnedAtMs + times.warnMs - nowMs);
    await sleep(Math.max(waitMs, 0), undefined, { signal: stop.signal }).catch(() => undefined);
  }

  function hasEnded(): boolean {
    return stop.signal.aborted;
  }

  function tellOnce(before: string, now: string): string {
    if (before !== now) say(`${now} The agents close it when its time is over.`);
    return now;
  }
}

export function what(open: string): string {
  return open === 'all' ? 'All sides and what they share are' : `Side ${open} is`;
}

function wordsOf(turn: Exclude<SeenTurn['turn'], { state: 'unknown' }>): string {
  if (turn.state === 'open') return describeTurn(turn);
  const by = turn.by === undefined ? '' : ` by ${turn.by}`;
  return `closed${by}${turn.reason === undefined ? '' : `: ${turn.reason}`}`;
}

/** "12 min 30 s" */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes === 0 ? `${String(rest)} s` : `${String(minutes)} min${rest === 0 ? '' : ` ${String(rest)} s`}`;
}

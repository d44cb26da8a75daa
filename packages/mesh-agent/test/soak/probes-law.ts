import type { Look } from '../scale/looker-process.ts';
import type { Side } from './plan.ts';

/** Holds, at every probe, that an agent that runs answers it, and within a second. */
export interface ProbesLaw {
  /** `waitedMs` grows by the time for which the machine had no CPU for who was asked, or who asked. */
  hear(side: Side, path: string, look: Look, waitedMs: number): void;
  /** From `fromMs` (of CLOCK_MONOTONIC) this side's agent need not answer: it does not run, until what is returned says when. */
  excuse(side: Side, fromMs: number): (untilMs: number) => void;
  /** From now on it counts, */
  begin(): void;
  /** and from now on no more. */
  end(): void;
  /** How many probes were heard that count, and how long the slowest of them took. */
  heard(): { readonly count: number; readonly slowestMs: number };
}

/** What the kubelet of our manifests waits for; decision 0023. */
const longestMs = 1000;
/** Ready or not is both an answer. */
const answers: readonly number[] = [200, 503];

export function createProbesLaw(onBroken: (what: string) => void): ProbesLaw {
  const excuses: Record<Side, { readonly fromMs: number; untilMs: number }[]> = { a: [], b: [] };
  let isOn = false;
  const waits: Record<Side, { readonly at: number; readonly waitedMs: number }[]> = { a: [], b: [] };
  let count = 0;
  let slowestMs = 0;
  return {
    hear: (side, path, { status, body, milliseconds: all, at }, waitedMs) => {
      const asked = at - all;
      // What the machine had no time for is not the agent's: who connects and has no CPU to ask is rightly sent away.
      const before = waits[side].findLast((wait) => wait.at <= asked) ?? { waitedMs };
      const waited = Math.min(all, Math.max(0, waitedMs - before.waitedMs));
      const milliseconds = all - waited;
      waits[side] = [...waits[side].filter((wait) => wait.at > at - keptMs), { at, waitedMs }];
      if (!isOn || excuses[side].some(({ fromMs, untilMs }) => asked <= untilMs && at >= fromMs)) return;
      if (waited > tooLongMs && status === 0) return;
      count += 1;
      slowestMs = Math.max(slowestMs, milliseconds);
      if (!answers.includes(status)) {
        onBroken(
          `side ${side} did not answer its probe ${path}: ${String(status)} ${body.slice(0, 200)}, after ${all.toFixed(0)} ms, of which ${waited.toFixed(0)} without a CPU`,
        );
      } else if (milliseconds > longestMs) {
        onBroken(`side ${side} took ${milliseconds.toFixed(0)} ms for its probe ${path}`);
      }
    },
    excuse: (side, fromMs) => {
      const excuse = { fromMs, untilMs: Infinity };
      excuses[side] = [...excuses[side].filter((each) => each.untilMs > fromMs - keptMs), excuse];
      return (untilMs) => {
        excuse.untilMs = untilMs;
      };
    },
    begin: () => {
      isOn = true;
    },
    end: () => {
      isOn = false;
    },
    heard: () => ({ count, slowestMs }),
  };
}

/** Without a CPU for so long, a probe that has no answer says nothing; the agent gives a second to who connects. */
const tooLongMs = 500;
/** Longer than a probe can be on its way. */
const keptMs = 60_000;

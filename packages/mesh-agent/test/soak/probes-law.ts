import type { Look } from '../scale/looker-process.ts';
import type { Side } from './plan.ts';

/** Holds, at every probe, that an agent that runs answers it, and within a second. */
export interface ProbesLaw {
  hear(side: Side, path: string, look: Look): void;
  /** From `fromMs` until `untilMs` (of CLOCK_MONOTONIC) this side's agent need not answer: it does not run. */
  excuse(side: Side, fromMs: number, untilMs: number): void;
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
  const excuses: Record<Side, { readonly fromMs: number; readonly untilMs: number }[]> = { a: [], b: [] };
  let isOn = false;
  let count = 0;
  let slowestMs = 0;
  return {
    hear: (side, path, { status, body, milliseconds, at }) => {
      const asked = at - milliseconds;
      if (!isOn || excuses[side].some(({ fromMs, untilMs }) => asked <= untilMs && at >= fromMs)) return;
      count += 1;
      slowestMs = Math.max(slowestMs, milliseconds);
      if (!answers.includes(status)) {
        onBroken(`side ${side} did not answer its probe ${path}: ${String(status)} ${body.slice(0, 200)}`);
      } else if (milliseconds > longestMs) {
        onBroken(`side ${side} took ${milliseconds.toFixed(0)} ms for its probe ${path}`);
      }
    },
    excuse: (side, fromMs, untilMs) => {
      excuses[side] = [...excuses[side].filter((each) => each.untilMs > fromMs - keptMs), { fromMs, untilMs }];
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

/** Longer than a probe can be on its way. */
const keptMs = 60_000;

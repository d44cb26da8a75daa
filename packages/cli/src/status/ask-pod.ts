import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAnswer, PodAnswer, WayToPod } from './pod-answer.ts';

/** How a request gets to a pod. Rejects where the pod does not answer. */
export type AskByWay = (signal: AbortSignal) => Promise<ApiAnswer>;

export interface WayOptions {
  /** For the whole of an answer, whichever way it comes. */
  readonly deadlineMs: number;
  /** How long the first way is tried alone. */
  readonly headStartMs: number;
}

/**
 * Asks by a port-forward, and by the API server's proxy where that fails or takes long: NetworkPolicies shut the proxy out,
 * and a port-forward needs a kubelet that lives, an agent that listens inside the pod, and a right that not everybody has.
 * The first answer with status 200 counts.
 */
export async function askPod(forward: AskByWay, proxy: AskByWay, options: WayOptions): Promise<PodAnswer> {
  const end = new AbortController();
  const deadline = AbortSignal.timeout(options.deadlineMs);
  const signal = AbortSignal.any([end.signal, deadline]);
  const first = tryWay(forward, signal, deadline, options);
  try {
    const early = await Promise.race([first, sleep(options.headStartMs, undefined, { signal: end.signal })]);
    if (early !== undefined && isAnswer(early)) return { answer: early };
    const second = tryWay(proxy, signal, deadline, options);
    const ways = [first, second].map(async (way) => {
      const outcome = await way;
      if (isAnswer(outcome)) return outcome;
      throw new Error('no answer by this way');
    });
    const answer = await Promise.any(ways).catch(() => undefined);
    if (answer !== undefined) return { answer };
    return { forward: whyOf(await first), proxy: whyOf(await second) };
  } finally {
    end.abort();
  }
}

type Outcome = ApiAnswer | WayToPod;

async function tryWay(
  way: AskByWay,
  signal: AbortSignal,
  deadline: AbortSignal,
  { deadlineMs }: WayOptions,
): Promise<Outcome> {
  try {
    const answer = await way(signal);
    return answer.status === 200 ? answer : { refused: answer };
  } catch (error) {
    if (deadline.aborted) return { silent: `no answer within ${String(deadlineMs / 1000)} s` };
    return { silent: error instanceof Error ? error.message : String(error) };
  }
}

function isAnswer(outcome: Outcome): outcome is ApiAnswer {
  return 'status' in outcome;
}

function whyOf(outcome: Outcome): WayToPod {
  return isAnswer(outcome) ? { refused: outcome } : outcome;
}

import type { GateVerdict, GateView } from '@meshrs/gate';
import { expect, it } from 'vitest';
import { AgentFailure } from '../failure.ts';
import type { GateLooks, SeenGate } from './gate-looks.ts';
import { defaultTiming } from './gate-timing.ts';
import { lookAgain } from './look-again.ts';

type Seen = 'kept' | 'not kept' | 'no answer';

/** Looks of which each takes 100 ms and sees what is named; the last one is repeated. */
async function looksAgain(isPatient: boolean, seen: readonly Seen[], endsAfterMs = 30_000) {
  let nowMs = 0;
  let count = 0;
  const ending = new AbortController();
  const passes = (milliseconds: number) => {
    nowMs += milliseconds;
    if (nowMs >= endsAfterMs) ending.abort();
  };
  const looks: GateLooks = {
    look: () => {
      passes(100);
      const what = seen[Math.min(count, seen.length - 1)];
      count += 1;
      if (what === 'no answer') {
        return Promise.reject(
          new AgentFailure('The API is silent.', { code: 'api-unreachable', operation: 'look', retryable: true }),
        );
      }
      return Promise.resolve(what === 'kept' ? kept(nowMs) : notKept);
    },
  };
  const later = await lookAgain(looks, {
    ...{ isPatient, signal: ending.signal },
    place: { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] },
    timing: {
      ...defaultTiming,
      clock: { monotonicMs: () => nowMs },
      wait: (milliseconds) => {
        passes(milliseconds);
        return Promise.resolve();
      },
    },
  });
  return { later, count, nowMs };
}

const comparison = {
  clientCount: 1,
  ...{ missing: [], more: new Map(), allowMissing: [], needlesslyAllowed: [], unreadable: [] },
  memory: { keepers: new Map(), next: undefined, kept: undefined },
};

function seenBy(verdict: object, changes: Partial<GateView> = {}): SeenGate {
  const view = { next: 'b', sides: [], routeServers: [], secondsSinceChange: new Map(), ...changes } as unknown;
  return { verdict: verdict as GateVerdict, view: view as GateView, seen: {} as SeenGate['seen'] };
}

const kept = (nowMs: number) =>
  seenBy({ kind: 'open', why: 'clients-elsewhere', comparison }, { atSeconds: nowMs / 1000 });
const notKept = seenBy({
  ...{ kind: 'shut', gaps: [], markGaps: [], fleetGaps: [] },
  comparison: { ...comparison, unreadable: [{ routeServer: 'routeserver-b-0', kind: 'stale', why: 'it hangs' }] },
});

it.each([true, false])('takes two looks that agree (patient: %s)', async (isPatient) => {
  const { later, nowMs } = await looksAgain(isPatient, ['kept']);
  expect(later).toEqual({ kind: 'kept' });
  expect(nowMs).toBeGreaterThanOrEqual(defaultTiming.confirmAfterMs);
  expect(nowMs).toBeLessThan(5000);
});

it('ends at the first look that says that clients are not kept, while a side is being opened', async () => {
  const { later, count } = await looksAgain(false, ['not kept', 'kept']);
  expect(later).toMatchObject({ kind: 'not-kept' });
  expect(JSON.stringify(later)).toContain('routeserver-b-0');
  expect(count).toBe(1);
  expect((await looksAgain(false, ['kept', 'not kept', 'kept'])).later).toMatchObject({ kind: 'not-kept' });
});

it('tries on before each step of an open side', async () => {
  expect((await looksAgain(true, ['not kept', 'not kept', 'kept'])).later).toEqual({ kind: 'kept' });
  const { later, nowMs } = await looksAgain(true, ['not kept']);
  expect(later).toMatchObject({ kind: 'not-kept' });
  expect(nowMs).toBeGreaterThanOrEqual(30_000);
});

it.each([true, false])(
  'tries on where nobody answers, and does not take it for clients (patient: %s)',
  async (isPatient) => {
    expect((await looksAgain(isPatient, ['no answer', 'kept'])).later).toEqual({ kind: 'kept' });
    const { later } = await looksAgain(isPatient, ['no answer']);
    expect(later).toEqual({ kind: 'not-seen', lacking: ['The API is silent.'] });
  },
);

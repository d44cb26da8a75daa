import type { DrainState } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import type { Drain } from './drain-machine.ts';

/** The drain as people and other machines are told of it: its moments by the wall clock, in milliseconds since 1970. */
export function shownDrain(state: Drain, { wallMs }: Clock): DrainState {
  if (state.phase === 'serving') return state;
  const shown = (atMs: number) => Math.round(wallMs(atMs));
  const { cause, by, atMs, forced, takes } = state.request;
  const requestedAtMs = shown(atMs);
  const request = {
    ...{ cause, requestedBy: by, requestedAtMs, requestedAt: new Date(requestedAtMs).toISOString() },
    ...(forced && { forced }),
    ...(takes && { takes }),
  };
  switch (state.phase) {
    case 'asked':
      return { phase: state.phase, ...request, untilMs: shown(state.untilMs) };
    case 'graceful-shutdown':
      return { phase: state.phase, ...request, isSent: state.isSent, untilMs: shown(state.untilMs) };
    case 'holding':
      return { phase: state.phase, ...request, wasAnnounced: state.wasAnnounced, untilMs: shown(state.untilMs) };
    case 'closing': {
      const { phase, wasAnnounced, isSent, untilMs } = state;
      return { phase, ...request, wasAnnounced, isSent, untilMs: shown(untilMs) };
    }
    case 'drained':
      return { phase: state.phase, ...request, drainedAtMs: shown(state.drainedAtMs), outcome: state.outcome };
    case 'undraining':
      return { phase: state.phase, ...request };
  }
}

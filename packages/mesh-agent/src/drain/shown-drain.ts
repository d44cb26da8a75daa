import type { DrainState } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';

/** The drain as people and other machines are told of it: its moments by the wall clock, in milliseconds since 1970. */
export function shownDrain(state: DrainState, { wallMs }: Clock): DrainState {
  switch (state.phase) {
    case 'serving':
      return state;
    case 'drained':
      return {
        ...state,
        requestedAtMs: Math.round(wallMs(state.requestedAtMs)),
        drainedAtMs: Math.round(wallMs(state.drainedAtMs)),
      };
    default:
      return {
        ...state,
        requestedAtMs: Math.round(wallMs(state.requestedAtMs)),
        untilMs: Math.round(wallMs(state.untilMs)),
      };
  }
}

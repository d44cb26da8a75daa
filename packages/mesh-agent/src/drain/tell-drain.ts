import type { DrainState } from '@meshrs/contract';
import type { Log } from '../log/log.ts';
import type { Drain } from './drain-machine.ts';

/** Logs that the drain has come into another phase. */
export function tellDrain(log: Log, before: Drain, after: DrainState, isRefused: boolean): void {
  switch (after.phase) {
    case 'asked':
      log.info('drain-asked', { ...after });
      return;
    case 'graceful-shutdown':
      log.warn('drain-started', { ...after });
      return;
    case 'holding':
    case 'closing':
      log.info('drain-step', { ...after });
      return;
    case 'drained':
      log.warn('drain-ended', { ...after });
      return;
    case 'undraining':
      // A refusal is told with its reason.
      if (!isRefused) log.warn('drain-taken-back', { ...after });
      return;
    case 'serving':
      if (before.phase === 'undraining') log.info('drain-undone');
      return;
  }
}

import { isCrowded } from '@meshrs/mesh';
import type { RangeLook } from '../engine/mesh-engine.ts';
import type { Log } from '../log/log.ts';

/** A connection that leads nowhere may hold a place that a client needs. */
const crowdedLookMs = 2000;
const manyShare = 0.8;
/** Of those whose connections were ended. */
const mostNamed = 20;

type Level = 'few' | 'many' | 'full';
const order: readonly Level[] = ['few', 'many', 'full'];

/** How soon to look again for that. */
export function nextCrowdLookMs(range: RangeLook): number {
  return isCrowded({ neighbors: range.count, limit: range.limit }) && range.waiting > 0 ? crowdedLookMs : Infinity;
}

/**
 * Tells of places that become scarce once, until there is room again for half as many: whoever lets connections come and go
 * must not fill the log.
 */
export function createCrowdLog(log: Log): { readonly tell: (range: RangeLook) => void } {
  let told: Level = 'few';
  let hasToldCleared = false;
  return {
    tell: ({ cleared, ...range }) => {
      const level = levelOf(range);
      if (order.indexOf(level) > order.indexOf(told)) {
        told = level;
        if (level === 'full') log.error('range-neighbors-full', { ...range });
        else log.warn('range-neighbors-many', { ...range });
      }
      if (cleared.length > 0 && !hasToldCleared) {
        hasToldCleared = true;
        log.warn('range-neighbors-cleared', {
          ...range,
          cleared: cleared.length,
          addresses: cleared.slice(0, mostNamed),
        });
      }
      if (isCrowded({ neighbors: range.count, limit: range.limit })) return;
      if (told !== 'few') log.info('range-neighbors-few', { ...range });
      told = 'few';
      hasToldCleared = false;
    },
  };
}

function levelOf({ count, limit }: Pick<RangeLook, 'count' | 'limit'>): Level {
  if (count >= limit) return 'full';
  return count >= limit * manyShare ? 'many' : 'few';
}

import type { LeftOutChanges } from './mesh-engine.ts';

/** What attempts leave out: of the many that leave out nothing, only the one is told that ends what was told before. */
export interface LeftOutNews {
  tell(leftOut: LeftOutChanges): void;
}

export function createLeftOutNews(onLeft: (leftOut: LeftOutChanges) => void): LeftOutNews {
  let isToldOf = false;

  return {
    tell: (leftOut) => {
      const isAny = leftOut.left.length > 0;
      // Of an attempt that has not looked at all there is nothing to tell but what nobody was asked about.
      if (leftOut.isWhole ? !isAny && !isToldOf : leftOut.unasked.length === 0) return;
      isToldOf = isAny;
      onLeft(leftOut);
    },
  };
}

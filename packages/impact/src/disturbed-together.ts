import type { Comparison } from './compare-built.ts';
import type { TimedEffect } from './effect.ts';

/** Several sides that a change disturbs although nothing keeps them apart. */
export interface DisturbedTogether {
  readonly sides: readonly string[];
  /** What comes at any moment. */
  readonly atOnce: readonly TimedEffect[];
  /** What else disturbs one of the sides, in that side's turn. */
  readonly inTurn: readonly TimedEffect[];
}

/** Undefined when no two sides are disturbed, or Argo CD changes one side at a time with a gate between. */
export function disturbedTogether({
  effects,
  disturbedSides,
  unordered,
}: Pick<Comparison, 'effects' | 'disturbedSides' | 'unordered'>): DisturbedTogether | undefined {
  if (unordered.length === 0) return undefined;
  return {
    sides: disturbedSides,
    atOnce: unordered,
    inTurn: effects.filter(({ kind, turn }) => kind !== 'may-reset' && turn !== undefined),
  };
}

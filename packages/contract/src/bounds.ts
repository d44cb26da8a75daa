import { z } from 'zod';

/** The least and the largest whole number that a setting may be. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export function within({ min, max }: Bounds) {
  return z.int().min(min).max(max);
}

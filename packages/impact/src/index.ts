export { compareBuilt, type Comparison } from './compare-built.ts';
export { describeEffect, type Effect, type EffectKind, type TimedEffect } from './effect.ts';

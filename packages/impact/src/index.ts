export { admissionPolicies } from './admission/policy.ts';
export { refuses, withIntegers, type AskedObject } from './admission/evaluate.ts';
export { refusedChanges, type RefusedChange } from './admission/needed-turns.ts';
export { compareBuilt, type Comparison } from './compare-built.ts';
export { disturbedTogether, type DisturbedTogether } from './disturbed-together.ts';
export { describeEffect, type Effect, type EffectKind, type TimedEffect } from './effect.ts';
export { compareIntents } from './kinds/settings/frr-sessions.ts';
export type { SessionChanges } from './kinds/settings/session-changes.ts';

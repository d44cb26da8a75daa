import type { Bounds } from './bounds.ts';

/** From where an agent learns the peers of a mesh group. */
export const meshSourceTypes = ['kubernetes', 'dns', 'static'] as const;
export type MeshSourceType = (typeof meshSourceTypes)[number];

/** Why the last good set of peers stands against what the source says now. */
export const doubtKinds = [
  'source-failed',
  /** The source answered, and named nobody. */
  'empty-answer',
  /** The source answered, and named this route server alone although there were others. */
  'only-self',
  /** More than the allowed share would leave; those missing again at the second look leave then. */
  'many-leaving',
] as const;
export type DoubtKind = (typeof doubtKinds)[number];

/** Why an address that a source names is no peer of the group. */
export const leftOutReasons = ['own-address', 'declared-client', 'in-another-group', 'over-max-peers'] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** Why a neighbor of a mesh group is taken away. */
export const removalReasons = ['no-longer-published', 'group-removed', ...leftOutReasons] as const;
export type RemovalReason = (typeof removalReasons)[number];

/** More than this share of a group's peers leaves only after a second look. */
export const defaultMaximumLeavingPercent = 50;
export const maximumLeavingBounds: Bounds = { min: 1, max: 100 };

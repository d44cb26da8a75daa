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
  /** The source named addresses, and none of them can be another route server's: loopback and their like, or a client's. */
  'only-special',
  /** More than the allowed share would leave; those that are missed for the longer time leave then. */
  'many-leaving',
] as const;
export type DoubtKind = (typeof doubtKinds)[number];

/** Why an address that a source names is no peer of the group. */
export const leftOutReasons = [
  'own-address',
  'declared-client',
  /** It lies in a client range: a source that names it would take the client's session away. */
  'client-range',
  'in-another-group',
  /** The same route server is a peer by its address of the other family. */
  'other-family',
  'over-max-peers',
  /** Nobody's address: loopback, multicast and their like. */
  'special-address',
] as const;
export type LeftOutReason = (typeof leftOutReasons)[number];

/** Why a neighbor of a mesh group is taken away. */
export const removalReasons = ['no-longer-published', 'group-removed', ...leftOutReasons] as const;
export type RemovalReason = (typeof removalReasons)[number];

/** More than this share of a group's peers leaves only after the longer time. */
export const defaultMaximumLeavingPercent = 50;
export const maximumLeavingBounds: Bounds = { min: 1, max: 100 };

/**
 * How long a source must leave out more than that share before they leave. A pod that is replaced has its new address
 * published within seconds; a name server or a selector that is wrong is noticed and put right in minutes.
 */
export const defaultManyLeavingSeconds = 60;
export const manyLeavingBounds: Bounds = { min: 5, max: 3600 };

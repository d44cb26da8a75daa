import type { Bounds } from './bounds.ts';

/**
 * How long a route server that has lost clients is not ready, so that the disruption budget keeps the side that has them.
 * Long enough for a drain of nodes that is under way to stop and for somebody to look; short enough for a roll-out that
 * waits for Ready.
 */
export const defaultLostClientsSeconds = 600;
/** 0: never. */
export const lostClientsBounds: Bounds = { min: 0, max: 3600 };

/** How far a lost client counts against its route server. */
export const lostClientPhases = [
  /** For less time than a session that was reset takes to come back. */
  'moment-ago',
  /** The route server is not ready because of it. */
  'unready',
  /** It had its time, and still is with another route server alone. */
  'over',
] as const;
export type LostClientPhase = (typeof lostClientPhases)[number];

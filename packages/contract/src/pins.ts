/** How a client stands that the engine knows as a neighbor, because it closed its session again and again. */
export const pinStandings = [
  /** The engine holds it down: it exceeded its maximum-prefix. */
  'held',
  'up',
  'down',
] as const;
export type PinStanding = (typeof pinStandings)[number];

/** What a route server does that ends sessions of its clients, and that waits until these have one with another side. */
export const holdPurposes = ['drain', 'settings'] as const;
export type HoldPurpose = (typeof holdPurposes)[number];

/** How such a wait ended. */
export const holdOutcomes = [
  /** Every client had a session with another side. */
  'clients-elsewhere',
  /** Another side that waits needed the rest of its own time for the return of this one. */
  'other-side-waits',
  'time-over',
] as const;
export type HoldOutcome = (typeof holdOutcomes)[number];

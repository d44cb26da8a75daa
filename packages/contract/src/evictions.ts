/** Why a neighbor is kept out for a time. */
export const evictionReasons = [
  /** The AS of the OPEN message is in none of the group's ranges. */
  'as-not-allowed',
  /** Said by older agents alone: the engine itself holds down who exceeds its maximum-prefix. */
  'maximum-prefix-exceeded',
  /** The router-id of an iBGP session is no route server's of the fleet. */
  'router-id-unknown',
  /** Found in what runs when the agent started; the agent before it knew why. */
  'taken-over',
] as const;
export type EvictionReason = (typeof evictionReasons)[number];

/** How far the agent has taken its route server down. */
export const drainPhases = [
  'serving',
  /** By hand: the other route servers are asked whether they have every client; nothing has changed for any client yet. */
  'asked',
  /** GRACEFUL_SHUTDOWN (RFC 8326) is sent, or about to be; clients move to the other side. */
  'graceful-shutdown',
  /** Before Cease: some client has no session with another side yet, or another side goes first. */
  'holding',
  /** Cease is sent, or about to be; the notifications leave the host. */
  'closing',
  'drained',
  /** The drain was taken back; clients are let in again, and the engine has not said yet that they are. */
  'undraining',
] as const;
export type DrainPhase = (typeof drainPhases)[number];

/** What asked for the drain: the engine's preStop, `mesh-agent drain`, or a request that does not say. */
export const drainCauses = ['pre-stop', 'command', 'unknown'] as const;
export type DrainCause = (typeof drainCauses)[number];
/** What agents of before said; read, and not written any more. */
export const formerDrainCauses = ['request-file', 'signal', 'taken-over'] as const;

/** `incomplete`: a step never succeeded. */
export const drainOutcomes = ['complete', 'incomplete'] as const;
export type DrainOutcome = (typeof drainOutcomes)[number];

/** What of a drain an engine's configuration shows, whoever began it. */
export const engineDrains = ['none', 'graceful-shutdown', 'clients-closed'] as const;
export type EngineDrain = (typeof engineDrains)[number];

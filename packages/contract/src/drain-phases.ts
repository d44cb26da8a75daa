/** How far the agent has taken its route server down. */
export const drainPhases = [
  'serving',
  /** GRACEFUL_SHUTDOWN (RFC 8326) is sent, or about to be; clients move to the other side. */
  'graceful-shutdown',
  /** Cease is sent, or about to be; the notifications leave the host. */
  'closing',
  'drained',
] as const;
export type DrainPhase = (typeof drainPhases)[number];

/** Who asked for the drain: the engine's preStop or `mesh-agent drain` by a file, a signal, or an agent before this one. */
export const drainCauses = ['request-file', 'signal', 'taken-over'] as const;
export type DrainCause = (typeof drainCauses)[number];

/** `incomplete`: a step never succeeded; `engine-gone`: there was nothing to drain any more. */
export const drainOutcomes = ['complete', 'incomplete', 'engine-gone'] as const;
export type DrainOutcome = (typeof drainOutcomes)[number];

/** What of a drain an engine's configuration shows, whoever began it. */
export const engineDrains = ['none', 'graceful-shutdown', 'clients-closed'] as const;
export type EngineDrain = (typeof engineDrains)[number];

/** What a listener gives to those who ask, all of them together; beyond that somebody is refused. */
export interface ListenerLimits {
  /** TCP connections at one moment. */
  readonly connections: number;
  /** TCP connections of one address at one moment; undefined: nobody looks at addresses. */
  readonly connectionsOfSource: number | undefined;
  /** The bytes of a request's head. */
  readonly headBytes: number;
  /** From a connection's beginning to the end of the request's head. */
  readonly headMs: number;
  /** From the request to its answer, and to its turn where the answer is large. */
  readonly answerMs: number;
  /** How long a reader may leave a piece of its answer, and then the connection, as it is. */
  readonly stallMs: number;
  /** Large answers that are written at one moment: what the kernel holds of each counts as memory of the pod. */
  readonly largeAnswers: number;
  /** How long a large answer that is not taken stands in the way of others that wait. */
  readonly yieldMs: number;
}

/**
 * The port of the probes: its answers are small, and made at once. A probe on the same node has no address of its own, so
 * that no source is limited there; who is new is served, and who came first without a request goes.
 */
export const probeLimits: ListenerLimits = {
  connections: 256,
  connectionsOfSource: undefined,
  headBytes: 4096,
  // As long as kubelet waits: on a node that is late, kubelet is, too, between its connection and its request. Who takes a
  // place for so long loses it as soon as it is needed.
  headMs: 5000,
  answerMs: 1000,
  stallMs: 5000,
  largeAnswers: 1,
  yieldMs: 250,
};

/** The port that answers people, monitoring, gates and the agents of a fleet of 500. */
export const agentLimits: ListenerLimits = {
  connections: 512,
  connectionsOfSource: 32,
  headBytes: 8192,
  headMs: 2000,
  answerMs: 15_000,
  stallMs: 5000,
  largeAnswers: 8,
  yieldMs: 250,
};

/** The same port inside the pod, for the few who come by a port-forward; all of them have one address. */
export const insideLimits: ListenerLimits = {
  ...agentLimits,
  connections: 64,
  connectionsOfSource: undefined,
  largeAnswers: 2,
};

/** Why a connection is ended by the agent before its answer was read. */
export const refusals = [
  /** All connections were in use, and this one was the oldest without a request, or had been answered. */
  'connections',
  /** Its source had all the connections that one may have. */
  'connections-of-source',
  'slow-head',
  'long-head',
  'no-http',
  /** The answer was not made, or had no turn, in time. */
  'no-answer',
  'slow-reader',
] as const;
export type Refusal = (typeof refusals)[number];

/** The listeners, by the names of their ports. */
export const listenerNames = ['agent', 'probes'] as const;
export type ListenerName = (typeof listenerNames)[number];

/** The readiness probe of the agent's container, as the generator writes it, in seconds. */
export const readinessProbe = { periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 3 } as const;

/** The kubelet tells the API server, and the controller of the disruption budget counts anew. */
const tellSeconds = 2;

/**
 * After this time everybody has seen that a route server is not Ready: the kubelet has asked it so often that it says so, and
 * a disruption budget counts it as unhealthy. The last answer of before may have been given at the last moment.
 */
export const unreadySeenSeconds =
  readinessProbe.periodSeconds * readinessProbe.failureThreshold + readinessProbe.timeoutSeconds + tellSeconds;

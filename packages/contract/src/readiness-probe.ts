/**
 * The readiness probe of the agent's container, as the generator writes it, in seconds. It waits for longer than its period: behind
 * 10 000 idle connections that begin anew as they end, on a busy machine, two seconds failed 21 times in a row, and five never
 * (docs/benchmarks.md, "Probes under attack"). Where answers come at once it is as swift.
 */
export const readinessProbe = { periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 3 } as const;

/** The kubelet tells the API server, and the controller of the disruption budget counts anew. */
const tellSeconds = 2;

/**
 * After this time everybody has seen that a route server is not Ready: the kubelet has asked it so often that it says so, and
 * a disruption budget counts it as unhealthy. The last answer of before may come at the last moment, and so may each of those that say
 * that it is not: the kubelet asks anew when it has an answer, or its period is over, whichever is later.
 */
export const unreadySeenSeconds =
  readinessProbe.timeoutSeconds +
  Math.max(readinessProbe.periodSeconds, readinessProbe.timeoutSeconds) * readinessProbe.failureThreshold +
  tellSeconds;

import type { Topology } from '@meshrs/topology';

/** From the start of a gate's pod until its program runs: the new image may have to come first. */
const gateStartSeconds = 120;

/** When Kubernetes ends a gate that has not ended by itself. */
export function gateDeadlineSeconds({ gitops }: Topology): number {
  return gitops.gate.seconds + gateStartSeconds;
}

/** Between the pods of a StatefulSet: the clients of one had the time to come back before the next one goes. */
export function reconnectSeconds({ clientGroups }: Topology): number {
  const slackSeconds = 5;
  const retries = Object.values(clientGroups).map(({ connectRetrySeconds }) => connectRetrySeconds);
  return Math.max(0, ...retries) + slackSeconds;
}

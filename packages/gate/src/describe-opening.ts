import { labels } from '@meshrs/contract';
import { confirmAfterMs, type Confirmation, type NotYet } from './confirm-opening.ts';
import type { GateVerdict } from './decide-gate.ts';
import { listed, otherSides, type GatePlace } from './gate-words.ts';
import type { NobodysPod } from './place-pods.ts';

export type OpenGate = Extract<GateVerdict, { kind: 'open' }>;

/** Why an open gate opened, in a sentence or two for a network engineer. */
export function describeOpening(verdict: OpenGate, place: GatePlace, waitedSeconds: number): string {
  return [
    `Gate opened for side ${place.next} after ${waitedSeconds.toFixed(1)} s: ${openingWords(verdict, place)}.`,
    `Two looks, ${String(confirmAfterMs / 1000)} s or more apart, agree.`,
  ].join(' ');
}

function openingWords(verdict: OpenGate, place: GatePlace): string {
  switch (verdict.why) {
    case 'nothing-there':
      return 'the cluster has no StatefulSet and no pod of it yet';
    case 'nothing-changes':
      return 'it is marked as committed, and its route servers run that, so this sync changes nothing of it';
    case 'clients-elsewhere': {
      const { clientCount, allowMissing } = verdict.comparison;
      const kept = clientCount - allowMissing.length;
      const others = allowMissing.length === 0 ? '' : `, and ${String(allowMissing.length)} may be missing`;
      if (clientCount === 0) return 'no client has a session with it';
      return clientCount === 1 && kept === 1
        ? `its 1 client has a session with routes on ${otherSides(place)}`
        : `${kept === clientCount ? 'all' : String(kept)} of its ${String(clientCount)} ${clientCount === 1 ? 'client' : 'clients'} ${kept === 1 ? 'has a session' : 'have sessions'} with routes on ${otherSides(place)}${others}`;
    }
  }
}

/** What a gate that would open by one look waits for. */
export function describeNotYet(why: NotYet): string {
  const seconds = `${String(confirmAfterMs / 1000)} s`;
  switch (why.kind) {
    case 'shut':
    case 'first-look':
    case 'too-early':
      return `a second look that agrees, ${seconds} after the first`;
    case 'changed':
      return 'two looks that agree: pods, settings or StatefulSets changed between them';
    case 'repeated':
      return `a new answer of ${listed(why.routeServers)}: the agent tells the same moment as ${seconds} before`;
    case 'not-read-since':
      return `a new reading of the engine of ${listed(why.routeServers)}: the agent answers, and its engine has not since the first look`;
  }
}

/** When the time was over before a second look could confirm the first. */
export function describeUnconfirmed(confirmation: Confirmation, place: GatePlace, waitedSeconds: number): string {
  const waited = confirmation.kind === 'open' ? { kind: 'first-look' as const } : confirmation.why;
  return `Gate timed out after ${String(waitedSeconds)} s; side ${place.next} was not changed: by its last look alone the gate would have opened, but it waited for ${describeNotYet(waited)}. Sync again.`;
}

/** Pods with the label of the fleet that are no route server of a side of it. */
export function describeNobodysPods(pods: readonly NobodysPod[]): readonly string[] {
  return pods.map((pod) => {
    const which = `pod ${pod.name} has the label of the route servers`;
    switch (pod.why) {
      case 'no-side':
        return `${which}, but no label "${labels.side}": it is of no side, and the gate does not ask for its sessions. A client that has its only session there is not seen; label the pod, or delete it`;
      case 'other-side':
        return `${which}, but its label "${labels.side}" is ${JSON.stringify(pod.side)}, which is no side of this cluster: none of its sessions keeps a client`;
      case 'mislabelled':
        return `${which}, and by its name or its owner it is of side ${pod.side}, but its label "${labels.side}" does not say so: its clients count as the side's, and none of its sessions keeps a client. Label the pod, or delete it, which ends its sessions`;
      case 'foreign':
        return `${which} and of side ${pod.side}, but is none of a StatefulSet of that side: its clients count as the side's, and none of its sessions keeps a client`;
    }
  });
}

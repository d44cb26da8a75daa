import type { ReadinessReason } from '@meshrs/contract';

/** A list of an answer has no more entries than a reader takes in, whoever wrote them; its length is told beside it. */
export const mostShown = 100;

export function firstShown<T>(list: readonly T[]): readonly T[] {
  return list.length > mostShown ? list.slice(0, mostShown) : list;
}

/** Reasons as they are shown: clients and peers may be thousands. */
export function shownReasons(reasons: readonly ReadinessReason[]): readonly ReadinessReason[] {
  return reasons.map((reason) => {
    switch (reason.kind) {
      case 'mesh-not-converged':
        return { ...reason, peers: firstShown(reason.peers), count: reason.peers.length };
      case 'clients-not-back':
      case 'clients-lost':
        return { ...reason, clients: firstShown(reason.clients), count: reason.clients.length };
      default:
        return reason;
    }
  });
}

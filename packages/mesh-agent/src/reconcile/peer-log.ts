import type { PeerChange } from '@meshrs/contract';
import { peerChanges } from '@meshrs/mesh';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import type { ReconcilerState } from './reconciler.ts';

export interface PeerLogOptions {
  readonly engine: Pick<MeshEngine, 'subscribe'>;
  readonly reconciler: () => Pick<ReconcilerState, 'desired' | 'observed'>;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onChange: (change: PeerChange) => void;
}

export interface LastPeerChange {
  readonly atMs: number;
  readonly changes: readonly PeerChange[];
}

/** Tells which peers of the mesh came and went, and why: what the engine did, with the reasons that the mesh knows. */
export interface PeerLog {
  last(): LastPeerChange | undefined;
}

export function createPeerLog(options: PeerLogOptions): PeerLog {
  let last: LastPeerChange | undefined;

  const unsubscribe = options.engine.subscribe((event) => {
    if (event.kind !== 'changed') return;
    const { observed, desired } = options.reconciler();
    const changes = peerChanges(event.changes, { before: observed, desired });
    if (changes.length === 0) return;
    last = { atMs: options.now(), changes };
    options.log.info('peers-changed', firstOf('changes', changes));
    for (const change of changes) options.onChange(change);
  });
  options.signal.addEventListener('abort', unsubscribe, { once: true });

  return { last: () => last };
}

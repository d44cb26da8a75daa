import type { BuiltCluster } from '../built/read-built.ts';

/** What a change does to what runs. */
export const effectKinds = {
  restarts: 'its pods restart',
  recreates: 'Kubernetes refuses the change; the object has to be deleted and made anew, with its pods',
  removes: 'what it serves is gone',
  renumbers: 'it gets another address',
  resets: 'sessions end and come back',
  'may-reset': 'a session may end and come back',
} as const;

export type EffectKind = keyof typeof effectKinds;

/** What the change of one object does, and where. */
export interface Effect {
  readonly kind: EffectKind;
  /** Id of the object. */
  readonly object: string;
  /** Sides whose clients notice; empty when none does. */
  readonly sides: readonly string[];
  /** What changes, and for whom. */
  readonly detail: string;
}

/** The effects of one kind of object. */
export type EffectFinder = (before: BuiltCluster, after: BuiltCluster) => Effect[];

import type { BuiltCluster } from '@meshrs/manifests/built';

/** What a change does to what runs. */
export type EffectKind =
  /** Its pods restart. */
  | 'restarts'
  /** Kubernetes refuses the change: the object has to be deleted and made anew, with its pods. */
  | 'recreates'
  /** It is gone, with what it had. */
  | 'removes'
  /** It stays, without some of what it had: pods, a VIP. */
  | 'loses'
  /** It gets another address. */
  | 'renumbers'
  /** Sessions end and come back. */
  | 'resets'
  /** A session ends and comes back if there is one; named, and no reason to refuse. */
  | 'may-reset'
  /** What would reset sessions, were there any by it: no side has one. */
  | 'changes';

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

/** An effect, and when it comes. */
export interface TimedEffect extends Effect {
  /**
   * The side in whose turn Argo CD makes the change, behind that side's gate; undefined: it comes at any moment, together
   * with others.
   */
  readonly turn: string | undefined;
}

/** A change of an object by which the sessions of these sides reset, and how; of no side it resets none. */
export function resetting(
  { object, sides }: Pick<Effect, 'object' | 'sides'>,
  changes: string,
  consequence?: string,
): Effect {
  if (sides.length === 0) return { kind: 'changes', object, sides, detail: changes };
  return {
    kind: 'resets',
    object,
    sides,
    detail: [changes, ...(consequence === undefined ? [] : [consequence])].join('; '),
  };
}

/** The effects of one kind of object. */
export type EffectFinder = (before: BuiltCluster, after: BuiltCluster) => Effect[];

/** What stands between an object and the detail of its effect. */
const phrases: Readonly<Record<EffectKind, string>> = {
  restarts: ' restarts: ',
  recreates: ' has to be deleted and created again: ',
  removes: ' is removed, with ',
  loses: ' loses ',
  renumbers: ' changes its address: ',
  resets: ' changes: ',
  'may-reset': ' changes: ',
  changes: ' changes: ',
};

/** "    side b: StatefulSet meshrr/routeserver-b restarts: image …": a line of a list. */
export function describeEffect({ kind, object, sides, detail }: Effect): string {
  const where = sides.length === 0 ? 'no side' : `side ${sides.join(', ')}`;
  return `    ${where}: ${object}${phrases[kind]}${detail}`;
}

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
  | 'changes'
  /** An object of the user's that was not there: what is announced or taken from then on. */
  | 'comes'
  /** Argo CD goes on with another cluster, repository or version; what runs stays as it is at first. */
  | 'leads'
  /** Nobody can say what it does; it counts as disturbing. */
  | 'unknown';

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
  comes: ' comes: ',
  leads: ': ',
  unknown: ' has a change of which nobody can say what it does, treat it as disturbing: ',
};

/** What a person has to do himself, since no commit does it. */
export interface Act {
  /** The side that it is about; undefined: all of them. */
  readonly side?: string;
  /** Before the commit is merged, while Argo CD syncs it, or when the sync is over. */
  readonly when: 'before' | 'during' | 'after';
  readonly what: string;
  /** In this order; none where it is no command. */
  readonly commands: readonly string[];
}

/** Several lines of a list. */
export function describeAct({ when, what, commands }: Act): string {
  return [`    ${actTimes[when]}: ${what}`, ...commands.map((command) => `        ${command}`)].join('\n');
}

const actTimes: Readonly<Record<Act['when'], string>> = {
  before: 'before this is merged',
  during: 'while Argo CD syncs it',
  after: 'when the sync is over',
};

/** "    side b: StatefulSet meshrr/routeserver-b restarts: image …": a line of a list. */
export function describeEffect({ kind, object, sides, detail }: Effect): string {
  const where = sides.length === 0 ? 'no client notices' : `side ${sides.join(', ')}`;
  return `    ${where}: ${object}${phrases[kind]}${detail}`;
}

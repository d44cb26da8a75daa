/*
 * The turn of a fleet: which side may change now, an object of the API server. Admission policies take it as their
 * parameter, and so refuse what would disturb a side that is not open. In Git it has no spec: nobody but the gates, the
 * agents and persons says what is open.
 */

/** The kind, as clients ask for it. Cluster-scoped: a policy that guards nodes and namespaces reads it, too. */
export const turnKind = {
  group: 'meshrs.dev',
  version: 'v1',
  apiVersion: 'meshrs.dev/v1',
  kind: 'Turn',
  listKind: 'TurnList',
  plural: 'turns',
  singular: 'turn',
} as const;

/**
 * The name of a fleet's turn: "meshrr-evpnrs.meshrr". A namespace has no dot, so that no two fleets of a cluster share one.
 */
export function turnName(fleet: { readonly app: string; readonly namespace: string }): string {
  return `${fleet.app}.${fleet.namespace}`;
}

/** The fleet of a turn; undefined: it is the name of none. */
export function fleetOfTurn(name: string): { readonly app: string; readonly namespace: string } | undefined {
  const at = name.lastIndexOf('.');
  return at < 1 || at === name.length - 1 ? undefined : { app: name.slice(0, at), namespace: name.slice(at + 1) };
}

/** Where its object is in the API. */
export function turnPath(name: string): string {
  return `/apis/${turnKind.apiVersion}/${turnKind.plural}/${encodeURIComponent(name)}`;
}

/** Values of `open` that are no side; no side may be called so. */
export const turnWords = {
  /** Nothing is open; so does no spec at all say. */
  closed: 'none',
  /** Every side and what they share; for persons alone. */
  all: 'all',
} as const;

/** The most that each field may hold, in the schema of the kind and for who reads or writes it. */
export const turnBounds = {
  /** A side is the value of a label. */
  side: 63,
  revision: 64,
  /** "system:serviceaccount:<namespace>:<name>" has up to 339 characters. */
  by: 512,
  reason: 500,
  /** RFC 3339 with a fraction and an offset. */
  until: 40,
  nodes: 1000,
  node: 253,
} as const;

/** How far ahead `until` may lie when somebody opens. The API server's clock counts. */
export const longestTurnSeconds = {
  /** Longer than a gate opens for: its own end, that of its sync, comes first. */
  gate: 24 * 3600,
  person: 3600,
} as const;

/**
 * The spec, as who opens writes it. A side is opened only from none or for itself again; from one to the other goes
 * through none.
 */
export interface TurnSpec {
  /** A side, or one of `turnWords`. */
  readonly open: string;
  /**
   * What the objects of the side are after this turn (annotation `gateRevision`): an update to another one is refused.
   * Left out: where the side's revision is not known (a component of the user's), and by persons, whom it does not bind.
   */
  readonly revision?: string;
  /** RFC 3339. From then on updates are refused by the API server's clock; deletes are not, so the agents close. */
  readonly until?: string;
  /** The API server's name of who wrote it last; it refuses another one. */
  readonly by: string;
  /** In words, for people; a person has to say why. */
  readonly reason?: string;
  /** The nodes of the open side: only by these do policies know which pods of a DaemonSet are the side's. */
  readonly nodes?: readonly string[];
}

/** What closes a turn: everything but who did it is gone. */
export function closedTurn(by: string, reason: string): TurnSpec {
  return { open: turnWords.closed, by, reason };
}

/**
 * Each API server decides by its own copy of the turn. A dry run that gives the turn this annotation is refused, whoever asks,
 * and told which version the copy is: "meshrs-turn meshrr-evpnrs.meshrr at 4711".
 */
export const turnCopyProbe = {
  label: 'meshrs.dev/probe',
  value: 'copy',
  before: 'meshrs-turn ',
  between: ' at ',
} as const;

/** A verb of RBAC: who may open all sides at once. */
export const openAllVerb = 'open-all';

/** What one step, by which an engine comes nearer to its intent, does. */
export const engineChangeKinds = [
  'global-changed',
  'group-added',
  'group-changed',
  'group-removed',
  'range-added',
  'range-removed',
  'neighbor-added',
  'neighbor-changed',
  'neighbor-removed',
  'filter-added',
  'filter-changed',
  'filter-removed',
  /** No step of a plan: clients that the settings let in no more lose their sessions. */
  'client-evicted',
] as const;
export type EngineChangeKind = (typeof engineChangeKinds)[number];

/** Whose sessions the daemon resets because of a change: it lies in the daemon, not in the order of commands. */
export const resetScopes = ['none', 'neighbor', 'range', 'group', 'all'] as const;
export type ResetScope = (typeof resetScopes)[number];

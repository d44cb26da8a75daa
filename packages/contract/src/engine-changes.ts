/** One step by which an engine comes nearer to its intent. */
export interface EngineChange {
  readonly kind: EngineChangeKind;
  /** The peer group, where there is one. */
  readonly group?: string;
  /** The neighbor's address, the listen range, or the name of the filter, where there is one. */
  readonly subject?: string;
  /** Sessions that the daemon resets because of this change: it lies in the daemon, not in the order of commands. */
  readonly resets: 'none' | 'neighbor' | 'range' | 'group' | 'all';
}

export type EngineChangeKind =
  | 'global-changed'
  | 'group-added'
  | 'group-changed'
  | 'group-removed'
  | 'range-added'
  | 'range-removed'
  | 'neighbor-added'
  | 'neighbor-changed'
  | 'neighbor-removed'
  | 'filter-added'
  | 'filter-changed'
  | 'filter-removed';

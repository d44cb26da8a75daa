/** How the life of the engine that answers stands to what is kept. */
export type Acquaintance =
  /** It is the life of the record. */
  | 'same'
  /** The record is of another life, which is over. */
  | 'new'
  /** There is no record: the pod starts, or the record was lost. */
  | 'unknown';

/** Places for a few at a time; who waits is let in source by source, so that one that asks often has no more than others. */
export interface TurnsBySource<T> {
  /** Runs `start` at once, or when a place is free. */
  enter(one: T, source: string, start: () => void): void;
  /** Gives the place back, or stops waiting. */
  leave(one: T): void;
  /** Those that have a place, oldest first. */
  readonly inside: ReadonlySet<T>;
  isAnyWaiting(): boolean;
}

export function createTurnsBySource<T>(places: number): TurnsBySource<T> {
  const inside = new Set<T>();
  // In the order in which the sources are let in; each has those that wait, oldest first.
  const waiting = new Map<string, Map<T, () => void>>();

  return {
    inside,
    isAnyWaiting: () => waiting.size > 0,
    enter: (one, source, start) => {
      if (inside.size < places) {
        inside.add(one);
        start();
        return;
      }
      const ofSource = waiting.get(source) ?? new Map<T, () => void>();
      waiting.set(source, ofSource.set(one, start));
    },
    leave: (one) => {
      if (inside.delete(one)) letIn();
      else
        for (const [source, ofSource] of waiting)
          if (ofSource.delete(one) && ofSource.size === 0) waiting.delete(source);
    },
  };

  function letIn(): void {
    const [next] = waiting;
    if (!next) return;
    const [source, ofSource] = next;
    const [first] = ofSource;
    waiting.delete(source);
    if (!first) return;
    const [one, start] = first;
    ofSource.delete(one);
    if (ofSource.size > 0) waiting.set(source, ofSource);
    inside.add(one);
    start();
  }
}

/** Calls carried out one after the other: each begins when the one before has ended, however it ended. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: (work) => {
      const result = last.then(work);
      // The next call waits for this one however it ends; its caller hears of a failure.
      last = result.catch(() => undefined);
      return result;
    },
  };
}

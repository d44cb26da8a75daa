/**
 * Does several things at once. When one fails, the others are told to stop; it throws when all have come to an end, so
 * that nothing goes on behind the back of the one who cleans up.
 */
export async function together(
  signal: AbortSignal | undefined,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const failure = new AbortController();
  const either = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  await Promise.allSettled(
    works.map(async (work) => {
      try {
        await work(either);
      } catch (error) {
        failure.abort(error);
      }
    }),
  );
  // The first one's error; the others' follow from it.
  either.throwIfAborted();
}

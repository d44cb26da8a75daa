import { startTimer } from './timer.ts';

/** What comes of work within a time; undefined: nothing yet. The work goes on. */
export async function atMost<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = startTimer(() => {
    late.resolve(undefined);
  }, milliseconds);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

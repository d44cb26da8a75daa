import { startTimer } from './timer.ts';

/**
 * The outcome of the work, or what `late` makes where that is not there in time. The work goes on; how it ends then is
 * nobody's concern here.
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => Error): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = startTimer(() => {
    over.reject(late());
  }, milliseconds);
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

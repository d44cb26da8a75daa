import { startTimer } from '../async/timer.ts';
import { watchFolder } from '../files/watch-folder.ts';

const pollMs = 500;

/** Looks whenever something in the folder may have changed. Undefined when the time is over before anything was found. */
export function waitInFolder<T>(folder: string, seconds: number, look: () => T | undefined): Promise<T | undefined> {
  return new Promise((resolve) => {
    const waiting = new AbortController();
    const end = (found: T | undefined) => {
      clearTimeout(timer);
      waiting.abort();
      resolve(found);
    };
    const lookOnce = () => {
      const found = look();
      if (found !== undefined) end(found);
    };
    const timer = startTimer(() => {
      end(undefined);
    }, seconds * 1000);
    watchFolder(folder, { pollMs, signal: waiting.signal }, lookOnce);
    lookOnce();
  });
}

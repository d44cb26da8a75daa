import { createPause, hasAborted } from '../async/pause.ts';
import { describeFailure } from '../failure.ts';
import { startRequestServer, type RequestServerOptions } from './request-server.ts';

const retryMs = 10_000;

/**
 * Answers requests of the command line, now or as soon as that is possible: where it is not (a read-only file system, a
 * full disk), the mesh is kept and the guard goes on all the same. Resolves after the first try.
 */
export async function hearRequests(options: RequestServerOptions): Promise<void> {
  if (!(await tryOnce(options))) void tryAgain(options);
}

async function tryAgain(options: RequestServerOptions): Promise<void> {
  do await createPause().wait(retryMs, options.signal);
  while (!hasAborted(options.signal) && !(await tryOnce({ ...options, isRetry: true })));
}

async function tryOnce(options: RequestServerOptions & { readonly isRetry?: boolean }): Promise<boolean> {
  try {
    await startRequestServer(options);
    return true;
  } catch (thrown) {
    if (options.isRetry !== true) options.log.error('requests-not-heard', { failure: describeFailure(thrown) });
    return false;
  }
}

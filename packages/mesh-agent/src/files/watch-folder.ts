import { watch } from 'node:fs';
import { draftSuffix } from './replace-file.ts';

/**
 * Calls `onMaybeChanged` when something in a folder may have changed, and every `pollMs` in any case: a folder that is
 * not there yet, or a file system without notifications, is then only slower. Drafts are nobody's change: who writes into
 * the folder that he watches, and fails, must not be called for that at once. Ends when the signal aborts.
 */
export function watchFolder(
  folder: string,
  options: { readonly pollMs: number; readonly signal: AbortSignal },
  onMaybeChanged: () => void,
): void {
  const { pollMs, signal } = options;
  if (signal.aborted) return;
  let stopNotifications = startNotifications();
  const poll = setInterval(() => {
    stopNotifications ??= startNotifications();
    onMaybeChanged();
  }, pollMs);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(poll);
      stopNotifications?.();
    },
    { once: true },
  );

  function startNotifications(): (() => void) | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name?.endsWith(draftSuffix) !== true) onMaybeChanged();
      });
      watcher.on('error', () => {
        watcher.close();
        stopNotifications = undefined;
      });
      return () => {
        watcher.close();
      };
    } catch {
      // No such folder yet, or no more notifications to be had: the next poll tries again.
      return undefined;
    }
  }
}

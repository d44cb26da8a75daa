import type { FailureDescription, SettingsRules } from '@meshrs/contract';
import { describeFailure } from '../failure.ts';
import { watchFolder } from '../files/watch-folder.ts';
import { createSingleFlight } from '../async/single-flight.ts';
import { readOtherSettings, type SettingsReading } from './read-settings-file.ts';

/**
 * Reports the settings file's content whenever it is another one than before. A ConfigMap mounted as a folder changes by
 * the swap of the symbolic link `..data`; the folder is watched, because the file itself is a link that never changes.
 */
export function watchSettings(
  paths: { readonly settingsFolder: string; readonly settings: string },
  options: {
    /** The revision that is known already. */
    readonly known: string | undefined;
    readonly pollMs: number;
    readonly signal: AbortSignal;
    readonly rules?: SettingsRules;
  },
  on: {
    readonly onReading: (reading: SettingsReading) => void;
    /** Called once for each row of failures with one code. */
    readonly onFailure: (failure: FailureDescription) => void;
    /** After such a row the file was read, and has the content that was known before. */
    readonly onReadable: () => void;
  },
): void {
  let last = options.known;
  let lastFailure: string | undefined;
  const flight = createSingleFlight(readOnce);
  watchFolder(paths.settingsFolder, options, flight.request);

  async function readOnce(): Promise<void> {
    try {
      const next = await readOtherSettings(paths.settings, last, options.rules);
      const hadFailed = lastFailure !== undefined;
      lastFailure = undefined;
      if (options.signal.aborted) return;
      if (!next) {
        if (hadFailed) on.onReadable();
        return;
      }
      last = next.revision;
      on.onReading(next);
    } catch (thrown) {
      const failure = describeFailure(thrown);
      if (options.signal.aborted || failure.code === lastFailure) return;
      lastFailure = failure.code;
      on.onFailure(failure);
    }
  }
}

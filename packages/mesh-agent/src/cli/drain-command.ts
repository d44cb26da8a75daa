import { drainTimeoutSeconds } from '@meshrs/contract';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { AgentFailure, systemCode } from '../failure.ts';
import { watchFolder } from '../files/watch-folder.ts';
import type { AgentPaths } from '../paths.ts';
import { readSettingsFile } from '../settings/read-settings-file.ts';

const pollMs = 500;

/**
 * Asks for the drain as the engine's preStop does, by a file in the pod's shared volume, and waits for the answer.
 * @throws AgentFailure `drain-not-answered`, `file-not-written`, `settings-refused`
 */
export async function drainAndWait(
  paths: AgentPaths,
  { out }: { readonly out: (text: string) => void },
): Promise<number> {
  const reading = await readSettingsFile(paths.settings);
  if (!reading.ok) {
    throw new AgentFailure(`${paths.settings} is wrong; "mesh-agent init" lists what is.`, {
      code: 'settings-refused',
      operation: 'drain',
      retryable: false,
    });
  }
  const seconds = drainTimeoutSeconds(reading.settings.drain);
  await writeRequest(paths.drainRequest);
  out(`Asked for the drain; it takes up to ${String(seconds)} s.\n`);
  await waitForFile(paths.requestsFolder, paths.drainDone, seconds);
  out(`Drained: ${await readFile(paths.drainDone, 'utf8')}`);
  return 0;
}

async function writeRequest(file: string): Promise<void> {
  try {
    await writeFile(file, '', { flag: 'a' });
  } catch (cause) {
    throw new AgentFailure(
      `The request ${file} cannot be written (${systemCode(cause)}). Run this in the container where "mesh-agent sidecar" runs.`,
      { code: 'file-not-written', operation: 'drain', retryable: false, cause },
    );
  }
}

function waitForFile(folder: string, file: string, seconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = new AbortController();
    const look = () => {
      if (!existsSync(file)) return;
      clearTimeout(timer);
      waiting.abort();
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.abort();
      reject(
        new AgentFailure(
          `There was no answer at ${file} within ${String(seconds)} s. Does the sidecar run? Its log says how far the drain is.`,
          { code: 'drain-not-answered', operation: 'drain', retryable: true },
        ),
      );
    }, seconds * 1000);
    watchFolder(folder, { pollMs, signal: waiting.signal }, look);
    look();
  });
}

import { drainRequestText, drainTimeoutSeconds, type DrainRequester } from '@meshrs/contract';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { hasAnswer, seenRequest } from '../drain/drain-files.ts';
import { AgentFailure, systemCode } from '../failure.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import type { AgentPaths } from '../paths.ts';
import { readSettingsFile } from '../settings/read-settings-file.ts';
import { waitInFolder } from './wait-for.ts';

const largestAnswer = 10_000;

/**
 * Asks for the drain as the engine's preStop does, by a file in the pod's shared volume, and waits for the answer.
 * @throws AgentFailure `drain-not-answered`, `drain-taken-back`, `file-not-written`, `settings-refused`
 */
export async function drainAndWait(
  paths: AgentPaths,
  { out }: { readonly out: (text: string) => void },
  by = 'mesh-agent drain',
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
  const before = ask(paths, { cause: 'command', by });
  if (before) out(`A drain was asked for before, by ${before.by}; waiting for it, up to ${String(seconds)} s.\n`);
  else out(`Asked for the drain; it takes up to ${String(seconds)} s.\n`);
  const end = await waitInFolder(paths.requestsFolder, seconds, () => {
    if (hasAnswer(paths.drainDone)) return 'drained';
    return existsSync(paths.drainRequest) ? undefined : 'taken-back';
  });
  if (end === 'drained') {
    out(`Drained: ${readSmallFile(paths.drainDone, largestAnswer) ?? ''}`);
    return 0;
  }
  throw end === 'taken-back' ? takenBack() : notAnswered(paths.drainDone, seconds);
}

/** The request that lies there already stays as it is: who asked first, asked. Returns who that was. */
function ask(paths: AgentPaths, requester: DrainRequester): DrainRequester | undefined {
  const draft = `${paths.drainRequest}.${String(process.pid)}`;
  try {
    // An answer of before: the agent writes it again where it still holds.
    rmSync(paths.drainDone, { force: true });
    writeFileSync(draft, `${drainRequestText(requester)}\n`);
    // The whole text or none, and only where no request is.
    linkSync(draft, paths.drainRequest);
    return undefined;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return seenRequest(paths);
    throw new AgentFailure(
      `The request ${paths.drainRequest} cannot be written (${systemCode(cause)}). Run this in the container where "mesh-agent sidecar" runs.`,
      { code: 'file-not-written', operation: 'drain', retryable: false, cause },
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

function takenBack(): AgentFailure {
  return new AgentFailure(
    'The drain was taken back before it was done: by "mesh-agent undrain", or because the engine started again. Ask again when you still want it.',
    { code: 'drain-taken-back', operation: 'drain', retryable: true },
  );
}

function notAnswered(file: string, seconds: number): AgentFailure {
  return new AgentFailure(
    `There was no answer at ${file} within ${String(seconds)} s. Does the sidecar run, and does its engine answer? Its log says how far the drain is; the request stays, and "mesh-agent undrain" takes it back.`,
    { code: 'drain-not-answered', operation: 'drain', retryable: true },
  );
}

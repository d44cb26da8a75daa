import type { Engine, SettingsRules } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import { createSingleFlight } from '../async/single-flight.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import { writeAtomically } from '../files/write-atomically.ts';
import type { Log } from '../log/log.ts';
import type { AgentPaths } from '../paths.ts';
import { identifyPod } from './pod-identity.ts';
import { readSettingsFile, type SettingsReading } from './read-settings-file.ts';
import type { SettingsInForce } from './settings-in-force.ts';

/** What an agent starts with, or everything that is wrong with its settings. */
export type StartSettings =
  | { readonly ok: true; readonly start: SettingsInForce }
  | { readonly ok: false; readonly issues: Extract<SettingsReading, { ok: false }>['issues'] };

/**
 * The settings to start with. An agent that comes back beside an engine, to a file that is wrong by now, starts with those
 * that an agent before it had in force in this pod: the file is then refused as one that changes. The first start of a pod
 * has none, and fails.
 * @throws AgentFailure `file-not-readable`
 */
export async function readStartSettings(
  paths: Pick<AgentPaths, 'settings' | 'keptSettings'>,
  podName: string,
  options: {
    readonly mayUseKept: boolean;
    /** What can run in this pod; left out: anything. */
    readonly engines?: readonly Engine[];
    /** Of this pod. */
    readonly addresses?: readonly IpAddress[];
    readonly rules?: SettingsRules;
  },
): Promise<StartSettings> {
  const { engines, addresses } = options;
  const pod = { name: podName, ...(engines && { engines }), ...(addresses && { addresses }) };
  const rules = { ...options.rules, pod };
  const kept = async () => (options.mayUseKept ? await readKept(paths.keptSettings, podName, rules) : undefined);
  try {
    const reading = await readSettingsFile(paths.settings, rules);
    if (reading.ok) return { ok: true, start: inForceOf(reading, podName) };
    const start = await kept();
    return start ? { ok: true, start } : { ok: false, issues: reading.issues };
  } catch (failure) {
    const start = failure instanceof AgentFailure ? await kept() : undefined;
    if (start) return { ok: true, start };
    throw failure;
  }
}

/** Keeps the text of settings that are in force, for an agent that comes back; only the agent's user may read it. */
export function createSettingsCopy(
  file: string,
  log: Log,
): { readonly keep: (settings: Pick<SettingsInForce, 'text'>) => void } {
  let newest = '';
  const flight = createSingleFlight(async () => {
    try {
      await writeAtomically(file, newest, 0o600);
    } catch (thrown) {
      // The settings are in force all the same; what is lost is the way back from a wrong file.
      log.error('settings-not-kept', { failure: describeFailure(thrown) });
    }
  });
  return {
    keep: ({ text }) => {
      if (text === undefined) return;
      newest = text;
      flight.request();
    },
  };
}

async function readKept(
  file: string,
  podName: string,
  rules: SettingsRules | undefined,
): Promise<SettingsInForce | undefined> {
  try {
    const reading = await readSettingsFile(file, rules);
    return reading.ok ? inForceOf(reading, podName) : undefined;
  } catch (failure) {
    // Nothing was kept, or of another pod: what is wrong with the settings themselves is told.
    if (failure instanceof AgentFailure) return undefined;
    throw failure;
  }
}

function inForceOf(reading: Extract<SettingsReading, { ok: true }>, podName: string): SettingsInForce {
  const { settings, revision, text, warnings } = reading;
  return { settings, revision, text, warnings, identity: identifyPod(settings, podName) };
}

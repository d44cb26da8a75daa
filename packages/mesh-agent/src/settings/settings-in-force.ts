import type { FailureDescription, RouteServerSettings } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';
import type { Log } from '../log/log.ts';
import { boundedIssues, type BoundedIssues } from './bounded-issues.ts';
import { identifyPod, type PodIdentity } from './pod-identity.ts';
import type { SettingsReading } from './read-settings-file.ts';

/** Settings in force. */
export interface SettingsInForce {
  readonly settings: RouteServerSettings;
  readonly revision: string;
  /** What stood in the file; an agent that comes back may need it. */
  readonly text?: string;
  readonly identity: PodIdentity;
  /** What stands in them and may not be meant. */
  readonly warnings?: readonly Issue[];
}

/** What became of the settings file. */
export interface SettingsState {
  readonly file: string;
  /** Of the settings in force, like `readAtMs`. */
  readonly revision: string;
  readonly readAtMs: number;
  /** What stands in the settings in force and may not be meant. */
  readonly warnings?: BoundedIssues;
  /** A later content of the file that is wrong, and therefore not in force. */
  readonly refused?: BoundedIssues & { readonly revision: string; readonly atMs: number };
  /** Why the file cannot be read now. */
  readonly failure?: FailureDescription;
}

export interface SettingsKeeperOptions {
  readonly start: SettingsInForce;
  readonly file: string;
  readonly log: Log;
  readonly now: () => number;
  readonly onTaken: () => void;
  readonly onRead: (result: 'taken' | 'refused' | 'not-readable') => void;
}

/** The settings that count: the last ones that were right. */
export interface SettingsKeeper {
  readonly inForce: () => SettingsInForce;
  readonly state: () => SettingsState;
  /** A reading by rules that name the pod: what is right for another one alone is wrong. */
  readonly take: (reading: SettingsReading) => void;
  /** The file cannot be read: what it had last, right or wrong, is what is known of it. */
  readonly keep: (failure: FailureDescription) => void;
  /** The file can be read again, and has what it had last. */
  readonly keepReadable: () => void;
}

export function createSettingsKeeper(options: SettingsKeeperOptions): SettingsKeeper {
  const { file, log, now } = options;
  let inForce = options.start;
  let state = stateOf(inForce);
  tellWarnings();
  return { inForce: () => inForce, state: () => state, take, keep, keepReadable };

  function take(reading: SettingsReading): void {
    if (!reading.ok) {
      const atMs = now();
      const { revision } = reading;
      const found = boundedIssues(reading.issues);
      state = { ...withoutTrouble(state), refused: { revision, atMs, ...found } };
      options.onRead('refused');
      log.error('settings-refused', { revision, inForce: inForce.revision, ...found });
      return;
    }
    inForce = { ...reading, identity: identifyPod(reading.settings, inForce.identity.name) };
    state = stateOf(inForce);
    options.onRead('taken');
    log.info('settings-read', { revision: reading.revision });
    tellWarnings();
    options.onTaken();
  }

  /** Once for each content of the file. */
  function tellWarnings(): void {
    const { revision, warnings } = state;
    if (warnings) log.warn('settings-doubtful', { revision, ...warnings });
  }

  function stateOf({ revision, warnings = [] }: SettingsInForce): SettingsState {
    return {
      ...{ file, revision, readAtMs: now() },
      ...(warnings.length > 0 && { warnings: boundedIssues(warnings) }),
    };
  }

  function keep(failure: FailureDescription): void {
    state = { ...state, failure };
    options.onRead('not-readable');
    log.error('settings-not-readable', { failure, inForce: inForce.revision });
  }

  function keepReadable(): void {
    const { refused } = state;
    state = { ...withoutTrouble(state), ...(refused && { refused }) };
    log.info('settings-readable', { revision: refused?.revision ?? inForce.revision, inForce: inForce.revision });
  }
}

/** What is in force, without what was wrong with a later content. */
function withoutTrouble({ file, revision, readAtMs, warnings }: SettingsState): SettingsState {
  return { file, revision, readAtMs, ...(warnings && { warnings }) };
}

import type { Engine, FailureDescription, RouteServerSettings } from '@meshrs/contract';
import { AgentFailure, describeFailure } from '../failure.ts';
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
}

/** What became of the settings file. */
export interface SettingsState {
  readonly file: string;
  /** Of the settings in force, like `readAtMs`. */
  readonly revision: string;
  readonly readAtMs: number;
  /** A later content of the file that is wrong, and therefore not in force. */
  readonly refused?: BoundedIssues & { readonly revision: string; readonly atMs: number };
  /** Why the file cannot be read now. */
  readonly failure?: FailureDescription;
}

export interface SettingsKeeperOptions {
  readonly start: SettingsInForce;
  readonly file: string;
  /** The engine that runs in this pod. */
  readonly engine: Engine;
  readonly log: Log;
  readonly now: () => number;
  readonly onTaken: () => void;
  readonly onRead: (result: 'taken' | 'refused' | 'not-readable') => void;
}

/** The settings that count: the last ones that were right. */
export interface SettingsKeeper {
  readonly inForce: () => SettingsInForce;
  readonly state: () => SettingsState;
  readonly take: (reading: SettingsReading) => void;
  /** The file cannot be read. */
  readonly keep: (failure: FailureDescription) => void;
}

export function createSettingsKeeper(options: SettingsKeeperOptions): SettingsKeeper {
  const { engine, file, log, now } = options;
  let inForce = options.start;
  let state: SettingsState = { file, revision: inForce.revision, readAtMs: now() };
  return { inForce: () => inForce, state: () => state, take, keep };

  function take(reading: SettingsReading): void {
    const atMs = now();
    if (!reading.ok) {
      const { revision } = reading;
      const found = boundedIssues(reading.issues);
      state = { ...withoutTrouble(state), refused: { revision, atMs, ...found } };
      options.onRead('refused');
      log.error('settings-refused', { revision, inForce: inForce.revision, ...found });
      return;
    }
    try {
      refuseOtherEngine(reading.settings.engine, engine);
      inForce = { ...reading, identity: identifyPod(reading.settings, inForce.identity.name) };
    } catch (thrown) {
      keep(describeFailure(thrown));
      return;
    }
    state = { file, revision: reading.revision, readAtMs: atMs };
    options.onRead('taken');
    log.info('settings-read', { revision: reading.revision });
    options.onTaken();
  }

  function keep(failure: FailureDescription): void {
    state = { ...withoutTrouble(state), failure };
    options.onRead('not-readable');
    log.error('settings-not-readable', { failure, inForce: inForce.revision });
  }
}

/** The engine is another container, with another configuration: only a new pod has it. */
function refuseOtherEngine(wanted: Engine, running: Engine): void {
  if (wanted === running) return;
  throw new AgentFailure(
    `The settings say "engine: ${wanted}", and this pod runs ${running}. Another engine takes a new pod: change the StatefulSet with the settings.`,
    { code: 'engine-not-supported', operation: 'take the settings', retryable: false },
  );
}

function withoutTrouble({ file, revision, readAtMs }: SettingsState): SettingsState {
  return { file, revision, readAtMs };
}

import { emptyFrrConfig, planChanges, renderFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import { withoutDrain } from '@meshrs/router-config/route-server/frr';
import type { EngineChange } from '@meshrs/contract';
import type { ChangeResult } from '../engine/engine-driver.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { carryOut } from './carry-out.ts';
import { writeConfigFile } from './config-file.ts';
import type { VtySession } from './vty-session.ts';

/** What bgpd runs, as far as we know: read at connect and at each observe, carried on by each change. */
export interface WhatRuns {
  config(): FrrConfig;
  /** Read in the session that there is. */
  read(config: FrrConfig): void;
  /** Read in a new session. Returns what became of a change that the session before did not see the end of. */
  readAnew(config: FrrConfig): readonly EngineChange[];
  changeTo(desired: FrrConfig, session: VtySession, signal: AbortSignal): Promise<ChangeResult>;
  /** Makes bgpd's configuration file equal to it, without the drain: a bgpd that starts again serves. Rejects with `config-not-written`. */
  save(): Promise<void>;
}

export function createWhatRuns(configFile: string): WhatRuns {
  let running: FrrConfig = emptyFrrConfig;
  let fileText: string | undefined;
  /** A change was sent, and whether it was carried out is not known. */
  let isUncertain = false;

  return {
    config: () => running,
    read: (config) => {
      running = config;
    },
    readAnew: (config) => {
      const found = isUncertain ? planChanges(running, config).map(({ change }) => change) : [];
      running = config;
      isUncertain = false;
      fileText = undefined;
      return found;
    },
    changeTo: async (desired, session, signal) => {
      const changes: EngineChange[] = [];
      let commandCount = 0;
      for (const step of planChanges(running, desired)) {
        try {
          commandCount += await carryOut(session, running, step, signal);
        } catch (failure) {
          const isRejected = failure instanceof EngineFailure && failure.code === 'command-rejected';
          // What is left of the change is not known when bgpd could not be asked: the next call reads it again.
          isUncertain = !isRejected;
          if (isUncertain) session.close();
          if (!(failure instanceof EngineFailure)) throw failure;
          return { changes, commandCount, failure };
        }
        running = step.after;
        changes.push(step.change);
      }
      return { changes, commandCount };
    },
    save: async () => {
      const text = renderFrrConfig(withoutDrain(running));
      if (text === fileText) return;
      await writeConfigFile(configFile, text);
      fileText = text;
    },
  };
}

import { emptyFrrConfig, planChanges, renderFrrConfig, type FrrConfig } from '@meshrs/router-config/frr';
import type { EngineChange } from '@meshrs/contract';
import type { Asn } from '@meshrs/network';
import type { ChangeResult } from '../engine/engine-driver.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { bring, type Bringing, type RouterListener } from './bring.ts';
import { writeConfigFile } from './config-file.ts';
import type { Sparing } from './spare-sessions.ts';
import type { VtySession } from './vty-session.ts';

/** What bgpd runs, as far as we know: read at connect and at each observe, carried on by each change. */
export interface WhatRuns {
  config(): FrrConfig;
  /** Read in the session that there is. */
  read(config: FrrConfig): void;
  /** Read in a new session. Returns what became of a change that the session before did not see the end of. */
  readAnew(config: FrrConfig): readonly EngineChange[];
  /** As far as bgpd lets it: `failure` names what it rejected, which a later call tries again. */
  changeTo(
    desired: FrrConfig,
    by: { readonly session: VtySession; readonly spare: Sparing; readonly signal: AbortSignal },
  ): Promise<ChangeResult>;
  /**
   * Makes bgpd's configuration file equal to what `toStart` makes of it: what a bgpd that starts again is to run. Rejects
   * with `config-not-written`.
   */
  save(toStart: (running: FrrConfig) => FrrConfig): Promise<void>;
}

export function createWhatRuns(configFile: string, listener: RouterListener): WhatRuns {
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
    changeTo: async (desired, { session, spare, signal }) => {
      const on: Bringing = { session, listener, spare, signal, config: running, changes: [], commandCount: 0 };
      const before = running.router?.asn;
      let failure: EngineFailure | undefined;
      // What is left of a change is not known when bgpd could not be asked: the next call reads it again.
      isUncertain = true;
      try {
        failure = await bring(desired, on);
        isUncertain = failure !== undefined && failure.code !== 'command-rejected';
      } finally {
        running = on.config;
        if (isUncertain) session.close();
      }
      failure ??= await listenAgain(before, session, signal);
      const { changes, commandCount } = on;
      return { changes, commandCount, left: spare.left(), ...(failure !== undefined && { failure }) };
    },
    save: async (toStart) => {
      const text = renderFrrConfig(toStart(running));
      if (text === fileText) return;
      await writeConfigFile(configFile, text);
      fileText = text;
    },
  };

  /** A router that is new does not speak for the agent yet. */
  async function listenAgain(
    before: Asn | undefined,
    session: VtySession,
    signal: AbortSignal,
  ): Promise<EngineFailure | undefined> {
    const asn = running.router?.asn;
    if (asn === undefined || asn === before) return undefined;
    try {
      await listener.ensure(session, { asn, isListening: false }, signal);
      return undefined;
    } catch (failure) {
      session.close();
      if (failure instanceof EngineFailure) return failure;
      throw failure;
    }
  }
}

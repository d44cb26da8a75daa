import { narrowAddresses, type RouteServerIntent } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { FrrConfig } from '@meshrs/router-config/frr';
import type { Desired, SeenByGuard } from '../engine/engine-driver.ts';
import { createRecentClients } from '../engine/recent-clients.ts';
import { startingConfig } from './desired-config.ts';
import type { WhatRuns } from './what-runs.ts';

/** bgpd's configuration file: what it is to run when it starts again, with the range clients that it has now. */
export interface StartFile {
  readonly began: (address: IpAddress) => void;
  /** Takes the range clients of a look. */
  seeing(facts: SeenByGuard | undefined): SeenByGuard | undefined;
  /** Takes the settings: they tell which path attributes their groups let pass. */
  knowing(desired: Desired<FrrConfig>): Desired<FrrConfig>;
  /** Rejects with `config-not-written`. */
  readonly save: () => Promise<void>;
  readonly saveNowAndThen: () => Promise<void>;
}

/** Sessions may come and go all the time, and the file has lines for each. */
const saveGapMs = 10_000;

export function createStartFile(runs: Pick<WhatRuns, 'save'>, now: () => number): StartFile {
  const known = createRecentClients(now);
  let intent: RouteServerIntent | undefined;
  let saved = { atMs: -Infinity, version: known.version() };

  return {
    began: known.began,
    seeing: (facts) => {
      const established = facts?.range.neighbors.filter(({ state }) => state === 'established');
      if (established) known.look(established.map(({ address }) => address));
      return facts;
    },
    knowing: (desired) => {
      intent = desired.asked?.intent ?? intent;
      return desired;
    },
    save,
    saveNowAndThen: async () => {
      if (known.version() !== saved.version && now() - saved.atMs >= saveGapMs) await save();
    },
  };

  async function save(): Promise<void> {
    const next = { atMs: now(), version: known.version() };
    const narrow = intent ? narrowAddresses(intent).map(({ address }) => address) : [];
    await runs.save((running) => startingConfig(running, [...known.list(), ...narrow], intent));
    saved = next;
  }
}

import { narrowAddresses, type RouteServerIntent } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { FrrConfig } from '@meshrs/router-config/frr';
import type { Desired, SeenByGuard } from '../engine/engine-driver.ts';
import { createRecentClients } from '../engine/recent-clients.ts';
import { startingConfig, withoutPinned } from './desired-config.ts';
import type { WhatRuns } from './what-runs.ts';

/** bgpd's configuration file: what it is to run when it starts again, with the range clients that it has now. */
export interface StartFile {
  readonly began: (address: IpAddress) => void;
  /** Takes the range clients of a look. */
  seeing(facts: SeenByGuard | undefined): SeenByGuard | undefined;
  /** Takes the settings, which tell which path attributes their groups let pass, and who was a neighbor from the start on. */
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
  /** Neighbors because they were clients when bgpd started. Those of a life of bgpd are as many as are listed. */
  let kept: ReadonlySet<IpAddress> | undefined;
  let saved = { atMs: -Infinity, version: known.version() };

  return {
    began: known.began,
    seeing: (facts) => {
      if (!facts) return facts;
      const ranged = new Set(facts.range.neighbors.map(({ address }) => address));
      const here = facts.peers.filter(
        ({ address, state }) => state === 'established' && (ranged.has(address) || kept?.has(address) === true),
      );
      known.look(here.map(({ address }) => address));
      return facts;
    },
    knowing: (desired) => {
      intent = desired.asked?.intent ?? intent;
      const next = desired.pins.flatMap(({ address, isKept }) => (isKept === true ? [address] : []));
      // When they had sessions nobody tells an agent that has just started: they are known for a time from now on.
      if (kept === undefined) known.look(next.filter((address) => !known.has(address)));
      kept = new Set(next);
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
    const started = [...known.list(), ...narrow];
    const isStarted = new Set(started);
    const gone = new Set([...(kept ?? [])].filter((address) => !isStarted.has(address)));
    await runs.save((running) => startingConfig(withoutPinned(running, gone), started, intent));
    saved = next;
  }
}

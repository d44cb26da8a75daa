import type { PeersByGroup } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { createPause, hasAborted } from '../async/pause.ts';
import type { DrainRunner } from '../drain/drain-runner.ts';
import type { EngineObservation } from '../engine/mesh-engine.ts';
import type { MeshGroups } from './mesh-groups.ts';
import type { Observer } from './observer.ts';
import type { Reconciler } from './reconciler.ts';

export interface FirstMeetingOptions {
  readonly observer: Observer;
  readonly isConnected: () => boolean;
  readonly groups: MeshGroups;
  readonly reconciler: Pick<Reconciler, 'observe'>;
  readonly drain: Pick<DrainRunner, 'found'>;
  /** How long after a failed look the next one follows. */
  readonly retryMs: number;
  /** How long the first apply waits at the most for the first answers of the sources. */
  readonly answersMs: number;
  readonly signal: AbortSignal;
}

/** The agent meets its engine: what the engine has is the last good set, and what an agent before left goes on. */
export interface FirstMeeting {
  /** Resolves with whether what the engine has is known; at once from the second time on. */
  meet(): Promise<boolean>;
  hasMet(): boolean;
  /** A source may have answered. */
  answered(): void;
}

export function createFirstMeeting(options: FirstMeetingOptions): FirstMeeting {
  const { observer, groups, signal } = options;
  const pause = createPause();
  const firstAnswers = createPause();
  let hasMet = false;

  return {
    meet: async () => {
      if (!hasMet) await readEngine();
      return hasMet;
    },
    hasMet: () => hasMet,
    answered: () => {
      if (haveAnswered()) firstAnswers.wake();
    },
  };

  /** An engine that does not say what it has is asked again, while it is connected. */
  async function readEngine(): Promise<void> {
    const seen = await observer.look();
    if (hasAborted(signal)) return;
    if (!seen) {
      await pause.wait(options.retryMs, signal);
      // Lost again: the next meeting does it.
      if (options.isConnected() && !hasAborted(signal)) await readEngine();
      return;
    }
    const observed = meshPeers(seen);
    options.reconciler.observe(observed);
    if (seen.drain !== 'none') options.drain.found(seen.drain);
    groups.seed();
    // Engine and sources were asked at the same time: one apply serves both answers, unless a source is slow.
    if (!haveAnswered()) await firstAnswers.wait(options.answersMs, signal);
    hasMet = true;
  }

  function haveAnswered(): boolean {
    return groups.health().every(({ hasAnswered }) => hasAnswered);
  }
}

/** The mesh neighbors that the engine has, by group. */
function meshPeers(observation: EngineObservation): PeersByGroup {
  const peers: Record<string, IpAddress[]> = {};
  for (const { kind, group, address } of observation.sessions) {
    if (kind === 'mesh' && group !== undefined) (peers[group] ??= []).push(address);
  }
  return peers;
}

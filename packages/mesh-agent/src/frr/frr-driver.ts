import { planChanges, type FrrConfig } from '@meshrs/router-config/frr';
import { drainIn, evictedIn, pinnedIn } from '@meshrs/router-config/route-server/frr';
import { dirname, join } from 'node:path';
import { drainState } from '../engine/drain-at-engine.ts';
import type { DriverEvents, EngineDriver } from '../engine/engine-driver.ts';
import { readRunningConfig, show } from './carry-out.ts';
import { desiredConfig, renderIntent } from './desired-config.ts';
import { openEventChannel, type EventChannel, type SessionEvent } from './event-channel.ts';
import { readGuardFacts, readSessions } from './look-at-sessions.ts';
import { isOwnLogTarget, openBgpd } from './open-bgpd.ts';
import type { FrrEngineOptions } from './options.ts';
import { createSessionReader } from './session-reader.ts';
import type { VtySession } from './vty-session.ts';
import { createWhatRuns } from './what-runs.ts';

/** bgpd, spoken to through its vty socket. */
export function createFrrDriver(options: FrrEngineOptions, events: DriverEvents): EngineDriver<VtySession, FrrConfig> {
  const { socketPath, configFile, commandTimeoutMs = 30_000 } = options;
  const eventSocketPath = options.eventSocketPath ?? join(dirname(socketPath), 'meshrs-agent.sock');
  const reader = createSessionReader();
  const runs = createWhatRuns(configFile);
  let channel: EventChannel | undefined;

  return {
    engine: 'frr',
    open: async (signal) => {
      channel ??= await openEventChannel(eventSocketPath, hear);
      const { session, seen, life } = await openBgpd({ socketPath, commandTimeoutMs, eventSocketPath }, signal);
      reader.forget();
      return { session, life, changes: runs.readAnew(seen.config) };
    },
    additionsThatRun: () => {
      const { router } = runs.config();
      const evicted = evictedIn(router).map(({ address, group, remoteAs }) => ({
        address,
        ...(group !== undefined && { group }),
        ...(typeof remoteAs === 'number' && { remoteAsn: remoteAs }),
      }));
      return { evicted, pinned: pinnedIn(router), drain: drainIn(router) };
    },
    render: renderIntent,
    change: (session, desired, signal) => runs.changeTo(desiredConfig(runs.config(), desired), session, signal),
    save: () => runs.save(),
    observe: async (session, desired, signal) => {
      const seen = await readRunningConfig(session, signal);
      runs.read(seen.config);
      const running = seen.config;
      const sessions = await readSessions({ reader, session, running }, desired.asked?.intent, signal);
      const outstanding = desired.asked ? planChanges(running, desiredConfig(running, desired)) : [];
      return {
        version: seen.version,
        sessions,
        drain: drainState(drainIn(running.router)),
        unknownLines: seen.unknownLines.filter((line) => !isOwnLogTarget(line)),
        outstanding: outstanding.map(({ change }) => change),
      };
    },
    runningConfig: (session, signal) => show(session, 'show running-config', signal),
    guardFacts: (session, intent, signal) =>
      readGuardFacts({ reader, session, running: runs.config() }, intent, signal),
    close: async () => {
      await channel?.close();
      channel = undefined;
    },
  };

  function hear(heard: readonly SessionEvent[]): void {
    for (const { kind, address } of heard) {
      if (kind === 'maximum-prefix-exceeded') events.onSessionEnded({ address, by: 'engine' });
    }
    events.onSessionsChanged();
  }
}

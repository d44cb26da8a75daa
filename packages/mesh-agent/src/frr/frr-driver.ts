import type { IpAddress } from '@meshrs/network';
import { bmpListener } from '@meshrs/contract';
import type { ClientsThatRun } from '@meshrs/mesh';
import { planChanges, type FrrConfig, type RunningConfig } from '@meshrs/router-config/frr';
import { drainIn, evictedIn, isClientGroup, pinnedIn, showsDrain } from '@meshrs/router-config/route-server/frr';
import { drainState } from '../engine/drain-at-engine.ts';
import type { Desired, DriverEvents, EngineDriver } from '../engine/engine-driver.ts';
import { isListenerLine, isOwnBmpLine } from './bmp/bmp-listener.ts';
import { createHearing } from './bmp/hearing.ts';
import type { RouterToHear } from './bmp/listening.ts';
import { readRunningConfig, show } from './carry-out.ts';
import { rangesToRun } from './ranges-to-run.ts';
import { desiredConfig, drainProgress, renderIntent } from './desired-config.ts';
import { endUnlessEstablished } from './end-unless-established.ts';
import { readGuardFacts, readSessions } from './look-at-sessions.ts';
import { createNextLook } from './next-look.ts';
import { createNotCarriedOut } from './not-carried-out.ts';
import { openBgpd } from './open-bgpd.ts';
import type { FrrEngineOptions } from './options.ts';
import { createSessionReader } from './session-reader.ts';
import { createStartFile } from './start-file.ts';
import type { VtySession } from './vty-session.ts';
import { createSparing } from './spare-sessions.ts';
import { withholdNow } from './withhold-changes.ts';
import { createWhatRuns } from './what-runs.ts';

/** bgpd, spoken to through its vty socket. */
export function createFrrDriver(options: FrrEngineOptions, events: DriverEvents): EngineDriver<VtySession, FrrConfig> {
  const { socketPath, configFile, now, commandTimeoutMs = 30_000, bmp = { listener: bmpListener } } = options;
  const { listener } = bmp;
  const hearing = createHearing({
    ...bmp,
    now,
    onSessionsChanged: events.onSessionsChanged,
    onSessionBegan: (address) => {
      reader.begin(address);
      file.began(address);
    },
    onSessionEnded: events.onSessionEnded,
  });
  const reader = createSessionReader(hearing.of, now);
  const runs = createWhatRuns(configFile, hearing);
  const nextLook = createNextLook(events.onSessionsChanged);
  const file = createStartFile(runs, now);
  const notCarriedOut = createNotCarriedOut();

  return {
    engine: 'frr',
    open: async (signal) => {
      const { seen, ...opened } = await openBgpd({ socketPath, commandTimeoutMs }, signal);
      const { session, life } = opened;
      reader.forget();
      hearing.startAnew(life);
      await closingOnFailure(session, () => hearing.ensure(session, toHear(seen), signal));
      return { ...opened, changes: runs.readAnew(seen.config) };
    },
    additionsThatRun: () => additionsIn(runs.config()),
    clientsIn: (config = runs.config()) => clientsIn(config),
    showsDrain: (drain) => {
      const { router } = runs.config();
      return !router || showsDrain(router, drainProgress(drain));
    },
    render: renderIntent,
    withhold: (session, asked, mayEnd, signal) =>
      withholdNow({ reader, session, running: runs.config() }, asked, mayEnd, signal),
    rangesToRun: (config) => rangesToRun(runs.config(), config),
    change: async (session, desired, consent, signal) => {
      const running = runs.config();
      const spare = createSparing({ reader, session, running }, desired.asked?.intent, consent, { now, signal });
      const wanted = desiredConfig(running, file.knowing(desired));
      const result = await runs.changeTo(wanted, { session, spare, signal });
      // Of what was not asked for now it says nothing.
      if (desired.asked) notCarriedOut.note(result, () => planChanges(runs.config(), wanted));
      return result;
    },
    save: file.save,
    saveNowAndThen: file.saveNowAndThen,
    observe: async (session, desired, signal) => {
      const seen = await readRunningConfig(session, signal);
      runs.read(seen.config);
      await hearing.ensure(session, toHear(seen), signal);
      const running = seen.config;
      const found = await readSessions({ reader, session, running }, desired.asked?.intent, signal, keptIn(desired));
      nextLook.plan({ isHeard: hearing.problem() === undefined, isWaiting: reader.isWaiting() });
      const outstanding = desired.asked ? planChanges(running, desiredConfig(running, desired)) : [];
      return {
        version: seen.version,
        ...found,
        passedOver: reader.passedOver(),
        drain: drainState(drainIn(running.router)),
        unknownLines: seen.unknownLines.filter((line) => !isOwnBmpLine(line, listener)),
        notUnderstood: notUnderstood(reader.odd(), running.router && hearing.problem()),
        ...{ outstanding: changesOf(outstanding), drifted: changesOf(notCarriedOut.driftedIn(outstanding)) },
      };
    },
    runningConfig: (session, signal) => show(session, 'show running-config', signal),
    guardFacts: async (session, intent, signal) =>
      file.seeing(await readGuardFacts({ reader, session, running: runs.config() }, intent, signal)),
    takeAgain,
    endUnlessEstablished,
    close: () => {
      for (const each of [nextLook, hearing]) each.close();
      return Promise.resolve();
    },
  };

  function toHear({ config: { router }, unknownLines }: RunningConfig): RouterToHear | undefined {
    return router && { asn: router.asn, isListening: unknownLines.some((line) => isListenerLine(line, listener)) };
  }
}

function changesOf(plan: ReturnType<typeof planChanges>) {
  return plan.map(({ change }) => change);
}

function additionsIn({ router }: FrrConfig) {
  const evicted = evictedIn(router).map(({ address, group, remoteAs }) => ({
    address,
    ...(group !== undefined && { group }),
    ...(typeof remoteAs === 'number' && { remoteAsn: remoteAs }),
  }));
  return { evicted, pinned: pinnedIn(router), drain: drainIn(router) };
}

function clientsIn({ router }: FrrConfig): ClientsThatRun {
  const names = new Set<string>(router?.groups.filter(isClientGroup).map(({ name }) => name));
  const neighbors = (router?.neighbors ?? []).flatMap(({ address, group, remoteAs, shutdown }) =>
    group !== undefined && names.has(group) && remoteAs !== undefined && !shutdown ? [{ address, group }] : [],
  );
  return { ranges: router?.ranges ?? [], neighbors };
}

function keptIn({ pins }: Desired<FrrConfig>): (address: IpAddress) => boolean {
  const kept = new Set(pins.filter(({ isKept }) => isKept === true).map(({ address }) => address));
  return (address) => kept.has(address);
}

/** More of the same kind tell nothing more. */
const mostNotUnderstood = 20;

function notUnderstood(odd: readonly string[], notHeard: string | undefined): readonly string[] {
  const all = [
    ...(notHeard === undefined ? [] : [`bgpd's BMP is not heard, its sessions are asked for: ${notHeard}`]),
    ...odd,
  ];
  if (all.length <= mostNotUnderstood) return all;
  return [...all.slice(0, mostNotUnderstood), 'and more'];
}

async function takeAgain(session: VtySession, address: IpAddress, signal: AbortSignal): Promise<void> {
  await show(session, `clear bgp ${address}`, signal);
}

async function closingOnFailure(session: VtySession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (failure) {
    session.close();
    throw failure;
  }
}

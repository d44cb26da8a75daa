import type { IpAddress } from '@meshrs/network';
import {
  emptyFrrConfig,
  omit,
  planChanges,
  renderFrrConfig,
  toFrrLine,
  UnsafeTextError,
  type FrrConfig,
} from '@meshrs/router-config/frr';
import type { EngineChange, EngineDrain, RouteServerIntent } from '@meshrs/contract';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clear,
  emptyBook,
  evict,
  expire,
  findOffenders,
  keep,
  listEvictions,
  recentlyExceeded,
  type EvictionBook,
} from '@meshrs/mesh';
import {
  drainIn,
  evictedIn,
  evictionsThatHold,
  toFrrConfig,
  withOverlay,
  type DrainProgress,
} from '@meshrs/router-config/route-server/frr';
import {
  EngineFailure,
  type Applied,
  type EngineEvent,
  type EngineFailureCode,
  type GuardResult,
  type MeshEngine,
} from '../engine.ts';
import { carryOut, readRunningConfig } from './carry-out.ts';
import { writeConfigFile } from './config-file.ts';
import {
  logTarget,
  openEventChannel,
  subscribeCommands,
  type EventChannel,
  type SessionEvent,
} from './event-channel.ts';
import type { FrrEngineOptions } from './options.ts';
import { createSessionReader } from './session-reader.ts';
import { familyOf, toSessions, type SummaryPeer } from './sessions.ts';
import { openVtySession, type VtySession } from './vty-session.ts';

const firstPauseMilliseconds = 20;
const longestPauseMilliseconds = 1000;
/** What a bgpd that is about to start, or to start again, does to who connects; anything else is told at once. */
const startingCodes: readonly EngineFailureCode[] = ['engine-unreachable', 'engine-lost', 'engine-timeout'];

/** The routing engine FRR: bgpd, spoken to through its vty socket. */
export function createFrrEngine(options: FrrEngineOptions): MeshEngine {
  const { socketPath, configFile, now, commandTimeoutMilliseconds = 5000, maximumEvictions = 1000 } = options;
  const eventSocketPath = options.eventSocketPath ?? join(dirname(socketPath), 'meshrs-agent.sock');
  const listeners = new Set<(event: EngineEvent) => void>();
  const sessionReader = createSessionReader();

  let session: VtySession | undefined;
  let channel: EventChannel | undefined;
  let wasConnected = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** What runs, as far as we know: read at connect and at each observe, carried on by each change. */
  let running: FrrConfig = emptyFrrConfig;
  let fileText: string | undefined;
  /** Whether what runs may still lack something that was decided: the attempt to bring it there has failed. */
  let isBehind = false;
  let intent: RouteServerIntent | undefined;
  let book: EvictionBook = emptyBook;
  let drain: DrainProgress = { isGracefulShutdown: false };
  let exceeded: ReadonlyMap<IpAddress, readonly number[]> = new Map();

  return {
    engine: 'frr',
    connect: (signal) => inTurn(() => connectPatiently(signal)),
    apply: (wanted, signal) =>
      inTurn(async () => {
        const started = monotonicMs();
        const current = await connected(signal);
        const configured = render(wanted);
        intent = wanted;
        if (book.inForce.size > 0) book = keep(book, evictionsThatHold(configured.router, listEvictions(book)));
        const { endedAt, ...done } = await bring(current, configured, signal);
        return { ...done, milliseconds: endedAt - started };
      }),
    observe: (signal) =>
      inTurn(async () => {
        const current = await connected(signal);
        const seen = await readRunningConfig(current, signal);
        running = seen.config;
        const family = familyOf(running);
        // Without `router bgp` bgpd rejects the question for its sessions; there are none.
        const peers = running.router ? await sessionReader.peers(current, family, signal) : [];
        const details = await sessionReader.details(current, family, peers, signal);
        return {
          version: seen.version,
          sessions: toSessions(running, intent, peers, ({ address }) => details.get(address)),
          drain: engineDrain(drainIn(running.router)),
          unknownLines: seen.unknownLines.filter((line) => !isOwnLogTarget(line)),
          outstanding: planChanges(running, wantedNow()).map(({ change }) => change),
        };
      }),
    guard: (policy, signal) =>
      inTurn(async (): Promise<GuardResult> => {
        const current = await connected(signal);
        const time = now();
        const ended = expire(book, time);
        book = ended.book;
        exceeded = recentlyExceeded(exceeded, time);
        const { router } = running;
        if (!intent || !router) {
          if (isBehind || ended.expired.length > 0) await bring(current, running, signal);
          return { evicted: [], expired: ended.expired, overCapacity: [] };
        }
        const family = familyOf(running);
        const peers = await sessionReader.peers(current, family, signal);
        const routerIds = await meshRouterIds(current, peers, signal);
        const offenders = findOffenders({ intent, router, peers, routerIds, exceeded }, policy, time).filter(
          ({ address }) => !book.inForce.has(address),
        );
        const room = Math.max(0, maximumEvictions - book.inForce.size);
        const [taken, left] = [offenders.slice(0, room), offenders.slice(room)];
        for (const offender of taken) book = evict(book, offender, time);
        forgetExceeding(taken.map(({ address }) => address));
        if (isBehind || taken.length > 0 || ended.expired.length > 0) await bring(current, render(intent), signal);
        return {
          evicted: taken.flatMap(({ address }) => book.inForce.get(address) ?? []),
          expired: ended.expired,
          overCapacity: left.map(({ address, reason }) => ({ address, reason })),
        };
      }),
    evictions: () => listEvictions(book),
    clearEvictions: (which, signal) =>
      inTurn(async () => {
        const current = await connected(signal);
        const next = clear(book, which);
        book = next.book;
        await bring(current, intent ? render(intent) : running, signal);
        return next.cleared;
      }),
    startGracefulShutdown: (signal) =>
      inTurn(async () => {
        const current = await connected(signal);
        drain = { ...drain, isGracefulShutdown: true };
        await bring(current, intent ? render(intent) : running, signal);
      }),
    closeClientSessions: (message, signal) =>
      inTurn(async () => {
        const current = await connected(signal);
        drain = { ...drain, closedWith: toFrrLine(message) };
        await bring(current, intent ? render(intent) : running, signal);
      }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () =>
      inTurn(async () => {
        const open = session;
        session = undefined;
        open?.close();
        await channel?.close();
        channel = undefined;
      }),
  };

  /** One call after the other: each begins when the one before has ended, however it ended. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  async function connectPatiently(signal: AbortSignal): Promise<void> {
    for (let pause = firstPauseMilliseconds; ; pause = Math.min(2 * pause, longestPauseMilliseconds)) {
      try {
        await connected(signal);
        return;
      } catch (failure) {
        const isWorthWaiting = failure instanceof EngineFailure && startingCodes.includes(failure.code);
        if (!isWorthWaiting || signal.aborted) throw failure;
        await pauseFor(pause, signal);
      }
    }
  }

  /** The connection that there is, or a new one. */
  async function connected(signal: AbortSignal): Promise<VtySession> {
    if (session) return session;
    channel ??= await openEventChannel(eventSocketPath, hear);
    const opened = await openVtySession({ socketPath, commandTimeoutMilliseconds }, signal);
    try {
      await opened.command('enable', signal);
      const seen = await readRunningConfig(opened, signal);
      const isRestart = wasConnected && !seen.unknownLines.some(isOwnLogTarget);
      await subscribeToEvents(opened, signal);
      running = seen.config;
      fileText = undefined;
      sessionReader.forget();
      if (!wasConnected) takeOver();
      wasConnected = true;
      session = opened;
      void opened.ended.then((failure) => {
        if (session === opened) lost(failure);
      });
      tell({ kind: 'connected', isRestart });
      return opened;
    } catch (failure) {
      opened.close();
      throw failure;
    }
  }

  function lost(failure: EngineFailure): void {
    session = undefined;
    tell({ kind: 'lost', failure });
  }

  /** Anew each time: the target of an agent that has ended writes to a socket that is gone. */
  async function subscribeToEvents(opened: VtySession, signal: AbortSignal): Promise<void> {
    const commands = [
      'configure terminal',
      `no log extended ${logTarget}`,
      ...subscribeCommands(eventSocketPath),
      'end',
    ];
    for (const command of commands) {
      const answer = await opened.command(command, signal);
      if (answer.status === 0 || command.startsWith('no ')) continue;
      throw new EngineFailure(`bgpd rejected "${command}": ${answer.output.trim()}`, {
        code: 'events-not-available',
        engine: 'frr',
        operation: command,
        retryable: true,
      });
    }
  }

  /** Evictions and drain of the agent before this one go on; the reasons went with it. */
  function takeOver(): void {
    drain = drainIn(running.router);
    for (const { address, group, remoteAs } of evictedIn(running.router)) {
      const offender = {
        address,
        ...(group !== undefined && { group }),
        ...(typeof remoteAs === 'number' && { remoteAsn: remoteAs }),
        reason: 'taken-over' as const,
      };
      book = evict(book, offender, now());
    }
  }

  /** Makes what runs equal to the configuration with evictions and drain on top, and the file with it. */
  async function bring(
    current: VtySession,
    configured: FrrConfig,
    signal: AbortSignal,
  ): Promise<Omit<Applied, 'milliseconds'> & { readonly endedAt: number }> {
    const planned = planChanges(
      running,
      withOverlay(withoutOwnEvictions(configured), { evictions: listEvictions(book), drain }),
    );
    const changes: EngineChange[] = [];
    let commandCount = 0;
    isBehind = true;
    for (const step of planned) {
      try {
        commandCount += await carryOut(current, running, step, signal);
      } catch (failure) {
        // What is left of the change is not known when bgpd could not be asked: the next call reads it again.
        if (!(failure instanceof EngineFailure && failure.code === 'command-rejected')) current.close();
        // The failure that is told is the one that came first; the next call writes the file again.
        await writeFileOf(running).catch(() => undefined);
        throw failure;
      }
      running = step.after;
      changes.push(step.change);
    }
    isBehind = false;
    const endedAt = monotonicMs();
    await writeFileOf(running);
    return { changes, commandCount, endedAt };
  }

  async function writeFileOf(config: FrrConfig): Promise<void> {
    const text = renderFrrConfig(config);
    if (text === fileText) return;
    await writeConfigFile(configFile, text);
    fileText = text;
  }

  /** Of what runs, the part that is not the agent's own addition. */
  function withoutOwnEvictions(config: FrrConfig): FrrConfig {
    if (config !== running || !config.router) return config;
    const neighbors = config.router.neighbors.flatMap((neighbor) => {
      if (!neighbor.shutdown) return [neighbor];
      return neighbor.group === undefined ? [] : [omit(neighbor, 'shutdown')];
    });
    return { ...config, router: { ...config.router, neighbors } };
  }

  /** What the last intent asks for, with evictions and drain; before the first intent what runs is wanted. */
  function wantedNow(): FrrConfig {
    return intent ? withOverlay(render(intent), { evictions: listEvictions(book), drain }) : running;
  }

  async function meshRouterIds(
    current: VtySession,
    peers: readonly SummaryPeer[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<IpAddress, IpAddress>> {
    const meshGroups = new Set(intent?.meshGroups.map(({ name }) => name));
    const meshAddresses = new Set(
      running.router?.neighbors.filter(({ group }) => meshGroups.has(group ?? '')).map(({ address }) => address),
    );
    const mesh = peers.filter(({ address, state }) => state === 'established' && meshAddresses.has(address));
    const details = await sessionReader.details(current, familyOf(running), mesh, signal);
    return new Map(
      mesh.flatMap(({ address }) => {
        const routerId = details.get(address)?.remoteRouterId;
        return routerId === undefined ? [] : [[address, routerId]];
      }),
    );
  }

  function hear(events: readonly SessionEvent[]): void {
    for (const { kind, address } of events) {
      if (kind === 'maximum-prefix-exceeded') {
        exceeded = new Map(exceeded).set(address, [...(exceeded.get(address) ?? []), now()]);
      }
    }
    tell({ kind: 'sessions-changed' });
  }

  function forgetExceeding(addresses: readonly IpAddress[]): void {
    exceeded = new Map([...exceeded].filter(([address]) => !addresses.includes(address)));
  }

  function tell(event: EngineEvent): void {
    for (const listener of listeners) listener(event);
  }
}

function render(intent: RouteServerIntent): FrrConfig {
  try {
    return toFrrConfig(intent);
  } catch (cause) {
    if (!(cause instanceof UnsafeTextError)) throw cause;
    throw new EngineFailure(cause.message, {
      code: 'intent-not-renderable',
      engine: 'frr',
      operation: 'render',
      retryable: false,
      cause,
    });
  }
}

function engineDrain(drain: DrainProgress): EngineDrain {
  if (drain.closedWith !== undefined) return 'clients-closed';
  return drain.isGracefulShutdown ? 'graceful-shutdown' : 'none';
}

function isOwnLogTarget(line: string): boolean {
  return line.startsWith(`log extended ${logTarget}`);
}

async function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (cause) {
    throw new EngineFailure('Connecting to bgpd was given up because the caller asked for it.', {
      code: 'aborted',
      engine: 'frr',
      operation: 'connect',
      retryable: false,
      cause,
    });
  }
}

/** `performance.now()` would load ten modules of Node, which takes longer than most of what is measured. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

import type { Asn, IpAddress } from '@meshrs/network';
import type { BgpSession, EngineChange, Eviction, RouteServerIntent } from '@meshrs/contract';
import { drainState, notDrained, type DrainAtEngine } from '../src/engine/drain-at-engine.ts';
import { EngineFailure } from '../src/engine/engine-failure.ts';
import { machineClock } from '../src/async/clock.ts';
import { fromEntries, toEntries } from '../src/engine/guard-record.ts';
import type { HeldSince } from '../src/engine/held-keeper.ts';
import { withoutSecretOfLine } from '../src/log/redact.ts';
import type { EngineEvent, LeftOutChanges, MeshEngine, WatchedClient } from '../src/engine/mesh-engine.ts';

/** A routing engine that exists in memory alone, and does at once what it is told. */
export interface MemoryEngine extends MeshEngine {
  /** The intents that were applied, oldest first. */
  readonly applied: RouteServerIntent[];
  /** What was done apart from `apply`, in order. */
  readonly calls: string[];
  /** What the next calls do instead of working: all, or those of one kind. */
  refuse(failure: EngineFailure | undefined, only?: 'apply' | 'observe' | 'guard' | 'runningConfig' | 'setDrain'): void;
  /** It tells that a call has left this out. */
  leaveOut(leftOut: LeftOutChanges): void;
  /** Somebody changes it behind the agent's back; the next `apply` puts that right. */
  drift(outstanding: EngineChange): void;
  /** Somebody types a line that the agent does not know. */
  type(line: string): void;
  /** The next `guard` finds this session breaking the policy. */
  offend(address: IpAddress): void;
  /** The next `guard` finds the time of this eviction over. */
  endEviction(address: IpAddress): void;
  /** The daemon ends, and the connection with it. */
  kill(): void;
  /** A daemon answers (again). */
  start(options: { readonly isRestart: boolean }): void;
  setSession(address: IpAddress, change: Partial<BgpSession>): void;
  /** A client of a range that comes, or changes. */
  setClient(address: IpAddress, change?: Partial<BgpSession>): void;
  removeClient(address: IpAddress): void;
  evict(address: IpAddress): void;
  /** A client that the engine watches. */
  pin(client: WatchedClient): void;
  /** It holds down this client for its maximum-prefix. */
  hold(client: HeldSince): void;
}

export function createMemoryEngine(
  options: { readonly isRunning: boolean; readonly drain?: DrainAtEngine } = { isRunning: true },
): MemoryEngine {
  const applied: RouteServerIntent[] = [];
  const calls: string[] = [];
  const listeners = new Set<(event: EngineEvent) => void>();
  const overrides = new Map<IpAddress, Partial<BgpSession>>();
  const clients = new Map<IpAddress, BgpSession>();
  let evicted: Eviction[] = [];
  let pinned: WatchedClient[] = [];
  let held: HeldSince[] = [];
  let refusal: { readonly failure: EngineFailure; readonly only: string | undefined } | undefined;
  let unknownLines: readonly string[] = [];
  let outstanding: readonly EngineChange[] = [];
  let drain = options.drain ?? notDrained;
  const [offenders, ending] = [new Set<IpAddress>(), new Set<IpAddress>()];
  let isRunning = options.isRunning;
  let isConnected = false;
  let [life, lastLife] = [1, 0];
  let neighbors: readonly { readonly group: string; readonly address: IpAddress }[] = [];
  let started = Promise.withResolvers<undefined>();

  const emit = (event: EngineEvent) => {
    for (const listener of listeners) listener(event);
  };
  const demand = (operation: string) => {
    if (refusal && (refusal.only ?? operation) === operation) throw refusal.failure;
    if (!isConnected) throw engineFailure('engine-unreachable', operation);
  };

  return {
    engine: 'frr',
    applied,
    calls,
    connect: async (signal, onFailedTry) => {
      while (!isRunning) {
        onFailedTry?.(engineFailure('engine-unreachable', 'connect'));
        await Promise.race([
          started.promise,
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(engineFailure('aborted', 'connect'));
            });
          }),
        ]);
      }
      if (isConnected) return;
      isConnected = true;
      emit({ kind: 'connected', life: `life ${String(life)}`, isRestart: lastLife > 0 && lastLife !== life });
      lastLife = life;
    },
    apply: async (intent) => {
      await Promise.resolve();
      demand('apply');
      const before = neighbors;
      neighbors = intent.meshGroups.flatMap((group) =>
        group.neighbors.map((address) => ({ group: group.name, address })),
      );
      applied.push(intent);
      outstanding = [];
      const changes: EngineChange[] = [
        ...neighbors.filter((each) => !has(before, each)).map((each) => change('neighbor-added', each)),
        ...before.filter((each) => !has(neighbors, each)).map((each) => change('neighbor-removed', each)),
      ];
      if (changes.length > 0) {
        emit({ kind: 'changed', changes });
        emit({ kind: 'sessions-changed' });
      }
      return { changes, commandCount: changes.length, milliseconds: 0.1 };
    },
    observe: async () => {
      await Promise.resolve();
      demand('observe');
      return {
        version: 'memory 1',
        sessions: [
          ...neighbors.map(({ group, address }) => ({ ...session(group, address), ...overrides.get(address) })),
          ...clients.values(),
        ],
        drain: drainState(drain),
        // As every engine: what is observed has no secret any more.
        unknownLines: unknownLines.map(withoutSecretOfLine),
        notUnderstood: [],
        outstanding,
        drifted: outstanding,
      };
    },
    runningConfig: async () => {
      await Promise.resolve();
      demand('runningConfig');
      return ['router bgp 65000', ...unknownLines].join('\n');
    },
    guard: async ({ routerIds }) => {
      await Promise.resolve();
      demand('guard');
      calls.push(`guard ${routerIds.join(' ')}`);
      const expired = evicted.filter(({ address }) => ending.has(address));
      const added = [...offenders].map(eviction);
      evicted = [...evicted.filter((each) => !expired.includes(each)), ...added];
      offenders.clear();
      ending.clear();
      return {
        evicted: added,
        ended: expired.map((each) => ({ ...each, why: 'expired' })),
        pinned: [],
        reserved: [],
        unpinned: [],
        held: [],
        released: [],
        overCapacity: [],
        hasRoomAgain: false,
      };
    },
    evictions: () => evicted,
    pins: () => pinned,
    held: () => held,
    guardRecord: () => toEntries({ evictions: evicted, past: [], pins: [] }),
    restoreGuardRecord: (entries) => {
      const record = fromEntries(entries, machineClock.monotonicMs());
      if (record) evicted = [...record.evictions];
      return record !== undefined;
    },
    clearEvictions: async (which) => {
      await Promise.resolve();
      const cleared = evicted.filter(({ address }) => which === 'all' || address === which);
      evicted = evicted.filter((each) => !cleared.includes(each));
      const leaving = pinned.filter(({ address }) => which === 'all' || address === which);
      const released = held.filter(({ address }) => which === 'all' || address === which);
      held = held.filter((each) => !released.includes(each));
      return { evictions: cleared, unpinned: [], leaving, released };
    },
    setDrain: async (wanted) => {
      await Promise.resolve();
      demand('setDrain');
      const before = drain;
      drain = wanted(before);
      if (JSON.stringify(drain) !== JSON.stringify(before)) calls.push(describeDrain(drain));
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {
      await Promise.resolve();
      calls.push('closed');
      isConnected = false;
    },
    refuse: (failure, only) => {
      refusal = failure && { failure, only };
    },
    leaveOut: (leftOut) => {
      emit({ kind: 'left-out', ...leftOut });
    },
    drift: (change) => {
      outstanding = [...outstanding, change];
    },
    type: (line) => {
      unknownLines = [...unknownLines, line];
    },
    offend: (address) => {
      offenders.add(address);
      emit({ kind: 'sessions-changed' });
    },
    endEviction: (address) => {
      ending.add(address);
      emit({ kind: 'sessions-changed' });
    },
    kill: () => {
      isRunning = false;
      isConnected = false;
      started = Promise.withResolvers();
      emit({ kind: 'lost', failure: engineFailure('engine-lost', 'read') });
    },
    start: ({ isRestart }) => {
      isRunning = true;
      // As bgpd: its file has no drain.
      if (isRestart) [life, neighbors, drain] = [life + 1, [], notDrained];
      started.resolve(undefined);
    },
    setSession: (address, changes) => {
      overrides.set(address, changes);
      emit({ kind: 'sessions-changed' });
    },
    setClient: (address, changes) => {
      clients.set(address, { ...session('MESHRR-CLIENTS', address), kind: 'range-client', ...changes });
      emit({ kind: 'sessions-changed' });
    },
    removeClient: (address) => {
      clients.delete(address);
      emit({ kind: 'sessions-changed' });
    },
    evict: (address) => {
      evicted = [...evicted, eviction(address)];
    },
    pin: (client) => {
      pinned = [...pinned, client];
    },
    hold: (client) => {
      held = [...held, client];
    },
  };
}

function describeDrain({ isGracefulShutdown, closedWith }: DrainAtEngine): string {
  if (closedWith !== undefined) return `close ${closedWith}`;
  return isGracefulShutdown ? 'graceful-shutdown' : 'undrain';
}

function eviction(address: IpAddress): Eviction {
  return {
    address,
    group: 'MESHRR-CLIENTS',
    // A brand has no other way in.
    remoteAsn: 64999 as Asn,
    reason: 'as-not-allowed',
    count: 1,
    since: 0,
    until: 60_000,
  };
}

export function engineFailure(code: EngineFailure['code'], operation: string): EngineFailure {
  return new EngineFailure(`The engine in memory: ${code}.`, { code, engine: 'frr', operation, retryable: true });
}

function session(group: string, address: IpAddress): BgpSession {
  return {
    address,
    group,
    kind: 'mesh',
    state: 'established',
    // A brand has no other way in.
    remoteAsn: 65000 as Asn,
    uptimeSeconds: 1,
    establishedCount: 1,
    droppedCount: 0,
    receivedMessages: 0,
    receivedPrefixes: 0,
    sentPrefixes: 0,
    endOfRib: { received: true, sent: true },
  };
}

interface Entry {
  readonly group: string;
  readonly address: IpAddress;
}

function has(entries: readonly Entry[], { group, address }: Entry): boolean {
  return entries.some((each) => each.group === group && each.address === address);
}

function change(kind: EngineChange['kind'], { group, address }: Entry): EngineChange {
  return { kind, group, subject: address, resets: 'none' };
}

import type { IpAddress } from '@meshrs/network';
import type { AgentStatus, FleetFacts, RouteServerSettings } from '@meshrs/contract';
import type { Clock } from '../async/clock.ts';
import type { Log } from '../log/log.ts';
import { leavingMs, mostKeptIds, type KeptFleet } from './kept-fleet.ts';
import type { FleetReading } from './read-fleet-file.ts';

export interface FleetKeeperOptions {
  readonly start: FleetReading;
  /** What the agent before this one knew. */
  readonly kept?: KeptFleet | undefined;
  readonly log: Log;
  readonly clock: Clock;
  readonly onTaken: () => void;
}

/** What is known of the fleet's other route servers: the last fleet.yml that was right. */
export interface FleetKeeper {
  readonly take: (reading: FleetReading) => void;
  /** The router-ids that a mesh session may have, or `any`: nobody has said yet which ones there are. */
  readonly routerIds: (settings: RouteServerSettings) => ReadonlySet<IpAddress> | 'any';
  /** The last fleet.yml that was right; `unknown`: there has been none, and one is mounted. */
  readonly known: () => FleetFacts | 'none' | 'unknown';
  /** The pods that router-ids belonged to that have left the list and may still come, by router-id. */
  readonly former: () => ReadonlyMap<IpAddress, string>;
  readonly state: () => AgentStatus['fleet'];
  /** For the agent after this one: a list may become another one while none runs. */
  readonly keep: () => KeptFleet;
}

export function createFleetKeeper({ start, kept, log, clock, onTaken }: FleetKeeperOptions): FleetKeeper {
  let reading = start;
  let known = start.kind === 'read' ? start : undefined;
  /** Until when they may still come, and whose they were, by router-id. */
  const leaving = new Map<IpAddress, { readonly until: number; readonly pod: string }>();
  for (const { address, pod, untilMs } of kept?.leaving ?? []) leaving.set(address, { until: untilMs, pod });
  /** Of the list before the one that is known: of the agent before, as long as this one has read none. */
  let listed: KeptFleet['listed'] = kept?.listed ?? [];
  if (known) keepForAWhile(known);
  if (start.kind !== 'not-mounted') tell(start);
  return { take, routerIds, known: whatIsKnown, former, state, keep };

  function take(next: FleetReading): void {
    const isRepeated =
      next.kind === 'read'
        ? reading.kind === 'read' && next.revision === known?.revision
        : next.kind === reading.kind && (next.kind !== 'failed' || isSameFailure(next, reading));
    if (isRepeated) return;
    reading = next;
    if (next.kind === 'read') {
      keepForAWhile(next);
      known = next;
    }
    tell(next);
    onTaken();
  }

  function tell(next: FleetReading): void {
    if (next.kind === 'read') log.info('fleet-read', { revision: next.revision });
    if (next.kind === 'failed') {
      const { failure } = next;
      log.error(known ? 'fleet-not-readable' : 'fleet-unknown', { failure, ...(known && { inForce: known.revision }) });
    }
  }

  function keepForAWhile(after: Known): void {
    const now = Math.floor(clock.monotonicMs());
    const next = new Set(idsOf(after));
    for (const { pod, address } of listed) {
      if (!next.has(address)) leaving.set(address, { pod, until: now + leavingMs });
    }
    listed = Object.entries(after.fleet.routerIds).map(([pod, address]) => ({ pod, address }));
    for (const [id, { until }] of leaving) if (until <= now || next.has(id)) leaving.delete(id);
  }

  function keep(): KeptFleet {
    const still = [...leaving].map(([address, { pod, until }]) => ({ address, pod, untilMs: until }));
    return { listed: listed.slice(0, mostKeptIds), leaving: still.slice(-mostKeptIds) };
  }

  function former(): ReadonlyMap<IpAddress, string> {
    const now = clock.monotonicMs();
    return new Map([...leaving].flatMap(([id, { until, pod }]) => (until > now ? [[id, pod]] : [])));
  }

  function routerIds(settings: RouteServerSettings): ReadonlySet<IpAddress> | 'any' {
    const own = Object.values(settings.routerIds);
    if (known) {
      return new Set([...own, ...idsOf(known), ...former().keys()]);
    }
    // Settings of a side name that side alone: where nobody names the others, none of them can be told from another.
    return reading.kind === 'not-mounted' && own.length > 0 ? new Set(own) : 'any';
  }

  function whatIsKnown(): FleetFacts | 'none' | 'unknown' {
    return known?.fleet ?? (reading.kind === 'not-mounted' ? 'none' : 'unknown');
  }

  function state(): AgentStatus['fleet'] {
    if (reading.kind === 'not-mounted' && !known) return undefined;
    return {
      ...(known && { revision: known.revision }),
      ...(reading.kind === 'failed' && { failure: reading.failure }),
    };
  }
}

type Known = Extract<FleetReading, { readonly kind: 'read' }>;

function idsOf(known: Known | undefined): readonly IpAddress[] {
  return Object.values(known?.fleet.routerIds ?? {});
}

function isSameFailure(one: Extract<FleetReading, { kind: 'failed' }>, other: FleetReading): boolean {
  return other.kind === 'failed' && one.failure.message === other.failure.message;
}

import type { SeenSession, SeenStatus, SessionInColumns } from '@meshrs/contract';
import { familyOf, type IpAddress } from '@meshrs/network';
import { allowedMissingOf, type Topology } from '@meshrs/topology';
import {
  clientSessions,
  compareSides,
  describeFleetPassed,
  describeGap,
  describeObstacles,
  describeWarnings,
  findRollOutGaps,
  decideGate,
  nothingRemembered,
  type FleetSight,
  type RouteServerSight,
  type SideSight,
} from '@meshrs/gate';
import type { PodStatus, SideStatus } from './cluster-status.ts';
import { describeReadinessReason, keptOutBy, whatWaits, whyNoSession, type KeptOut } from './why-words.ts';

/** A side's objects as they were read. */
export interface SeenSide extends Omit<SideSight, 'statefulSets'> {
  readonly statefulSets: SideStatus['statefulSets'];
  /** The addresses that its Service has. */
  readonly assigned: readonly string[];
}

/** A pod as it was read. */
export interface SeenPod extends Omit<PodStatus, 'name' | 'agent'> {
  readonly sight: RouteServerSight;
  readonly agent?: SeenStatus;
}

/** What each side is like, in the words and by the decisions that the gate has, too. */
export function describeSides(
  topology: Topology,
  sides: readonly SeenSide[],
  pods: readonly SeenPod[],
  fleet: FleetSight,
): readonly SideStatus[] {
  const routeServers = pods.map(({ sight }) => sight);
  const allowMissing = allowedMissingOf(topology);
  const isAllowedMissing = (address: IpAddress) => allowMissing.includes(address);
  const anywhere = new Set(clientSessions(routeServers).map(({ address }) => address));
  const areAllSeen = sides.length === Object.keys(topology.sides).length && !routeServers.some(isUnseen);
  return sides.map((side) => {
    const ofSide = routeServers.filter((each) => each.side === side.name);
    const sessions = clientSessions(ofSide);
    const established = new Set(sessions.map(({ address }) => address));
    const areKnown = !ofSide.some(isUnseen);
    const podsOfSide = pods.filter(({ sight }) => sight.side === side.name);
    const vips = topology.sides[side.name]?.vips ?? [];
    const families = new Set(vips.map(familyOf));
    const declaredMissing = Object.entries(topology.clients).flatMap(([name, { addresses }]) =>
      addresses
        .filter((address) => families.has(familyOf(address)) && !established.has(address))
        .map((address) => ({
          name,
          address,
          mayHaveSession: !areKnown,
          isAllowedMissing: isAllowedMissing(address),
          why: whyMissing(podsOfSide, address),
        })),
    );
    const othersMissing = sides
      .filter(({ name }) => name !== side.name)
      .flatMap(({ name: other }) =>
        compareSides(
          routeServers.filter((each) => each.side === other || each.side === side.name),
          { next: other, allowMissing: [], memory: nothingRemembered },
        ).missing.map((client) => ({
          ...client,
          side: other,
          isAllowedMissing: isAllowedMissing(client.address),
          why: whyMissing(podsOfSide, client.address),
        })),
      );
    const told = new Set([...declaredMissing, ...othersMissing].map(({ address }) => address));
    const keptOut = keptOutOf(podsOfSide).filter(({ address }) => !established.has(address) && !told.has(address));
    return {
      name: side.name,
      statefulSets: side.statefulSets,
      settings: side.settings,
      pods: podsOfSide.map(toPodStatus),
      vips: vips.map((address) => ({ address, isAssigned: side.assigned.includes(address) })),
      clientCount: areKnown ? established.size : undefined,
      receivedPrefixes: areKnown ? prefixesOf(sessions) : undefined,
      declaredMissing,
      othersMissing,
      keptOut: keptOut.map(({ address, isOfMesh }) => ({
        address,
        lacks: isOfMesh
          ? 'mesh'
          : anywhere.has(address)
            ? 'session-here'
            : areAllSeen
              ? 'any-session'
              : 'any-seen-session',
        isAllowedMissing: isAllowedMissing(address),
        why: whyMissing(podsOfSide, address),
      })),
      // Who cannot be read is told of as a pod, with what to do.
      gaps: findRollOutGaps(side, routeServers)
        .filter(({ kind }) => kind !== 'not-readable')
        .map(describeGap),
      ...(sides.length > 1 && { gate: gateOf(side, { sides, routeServers, allowMissing, fleet }) }),
    };
  });
}

function isUnseen({ reading }: RouteServerSight): boolean {
  return reading.kind === 'unreadable' || reading.kind === 'stale';
}

/** Each once, also where several route servers of a side keep it out. */
function keptOutOf(pods: readonly SeenPod[]): readonly KeptOut[] {
  const all = pods.flatMap(({ agent }) => (agent ? keptOutBy(agent) : []));
  return [...new Map(all.map((each) => [each.address, each])).values()];
}

function whyMissing(pods: readonly SeenPod[], address: IpAddress): readonly string[] {
  return pods.flatMap(({ sight, agent }) => (agent && whyNoSession(sight.name, agent, address)) ?? []);
}

function gateOf(
  { name: next }: SeenSide,
  view: {
    readonly sides: readonly SideSight[];
    readonly routeServers: readonly RouteServerSight[];
    readonly allowMissing: readonly IpAddress[];
    readonly fleet: FleetSight;
  },
): NonNullable<SideStatus['gate']> {
  const verdict = decideGate({
    ...view,
    next,
    revision: undefined,
    secondsSinceChange: new Map(),
    memory: nothingRemembered,
    // One look: who is away now is told by the agents.
    atSeconds: 0,
  });
  const place = {
    next,
    others: view.sides
      .filter(({ name }) => name !== next)
      .map(({ name, statefulSets }) => ({ name, statefulSets: statefulSets.map((each) => each.name) })),
  };
  return {
    isOpen: verdict.kind === 'open',
    obstacles: verdict.kind === 'shut' ? describeObstacles(verdict, place) : [],
    warnings: [
      ...('fleetPassed' in verdict ? describeFleetPassed(verdict.fleetPassed ?? [], place) : []),
      ...('comparison' in verdict ? describeWarnings(verdict.comparison, place) : []),
    ],
  };
}

function toPodStatus({ sight, agent, ...pod }: SeenPod): PodStatus {
  const { reading } = sight;
  const sessions = reading.kind === 'read' ? clientSessions([sight]) : undefined;
  const isMesh = ({ kind, state }: SeenSession) => kind === 'mesh' && state === 'established';
  return {
    name: sight.name,
    ...pod,
    agent: agent && {
      engine: agent.engine.version,
      settingsRevision: agent.settings.revision,
      drain: agent.drain.phase,
      clientCount: sessions?.length,
      receivedPrefixes: sessions && prefixesOf(sessions),
      meshCount: reading.kind === 'read' ? sessionsOf(agent).filter(isMesh).length : undefined,
      evictionCount: agent.evictions.length,
      notReadyBecause: agent.readiness.isReady ? [] : agent.readiness.reasons.map(describeReadinessReason),
      waits: whatWaits(agent),
    },
    ...(pod.problem === undefined && problemOf(reading)),
  };
}

function sessionsOf({ sessions }: SeenStatus): readonly SeenSession[] {
  return sessions.kind === 'read' ? sessions.list : [];
}

function problemOf(reading: RouteServerSight['reading']): Pick<PodStatus, 'problem'> {
  if (reading.kind === 'unreadable' || reading.kind === 'stale') return { problem: reading.why };
  if (reading.kind !== 'read' || reading.passedOver.length === 0) return {};
  const neighbors = reading.passedOver.map(({ neighbor, why }) => `${neighbor} (${why})`);
  return { problem: `nothing more is known of ${neighbors.slice(0, 10).join(', ')}` };
}

function prefixesOf(sessions: readonly SessionInColumns[]): number {
  return sessions.reduce((sum, { receivedPrefixes }) => sum + receivedPrefixes, 0);
}

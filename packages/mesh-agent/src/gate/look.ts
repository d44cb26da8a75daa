import {
  isElsewhere,
  type AnyGateSide,
  type GateIntent,
  type GateSide,
  type GateSideElsewhere,
} from '@meshrs/contract';
import { parseAddress } from '@meshrs/network';
import type { z } from 'zod';
import {
  findUnseenPods,
  laterOn,
  columnsIn,
  listeningTo,
  placePods,
  seeRouteServer,
  type FleetSight,
  type NobodysPod,
  type PodSight,
  type RouteServerSight,
  type SideElsewhereSight,
  type SideSight,
  type SidesMemory,
  type AgentAnswer,
} from '@meshrs/gate';
import { machineClock } from '../async/clock.ts';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import { keepHeapSmall } from '../small-heap.ts';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { askMany } from '../fleet/ask-many.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import {
  configMapSchema,
  podListSchema,
  statefulSetSchema,
  toFleet,
  toPods,
  toSettings,
  toStatefulSet,
} from './kubernetes-objects.ts';
import { lastChange } from '../sources/kubernetes/last-change.ts';

/** What one look at the cluster sees. */
export interface Look {
  readonly sides: readonly (SideSight | SideElsewhereSight)[];
  readonly routeServers: readonly RouteServerSight[];
  /** Pods with the label of the route servers that are none of a side's. */
  readonly nobodys: readonly NobodysPod[];
  /** The object with the router-ids of the fleet, where the gate is to ask for it. */
  readonly fleet: SeenFleet | undefined;
  /** By side of this cluster, when its objects were last changed. */
  readonly changes: ReadonlyMap<string, SideChange>;
}

export interface SeenFleet extends Pick<FleetSight, 'configMap' | 'revision'> {
  /** Undefined while there is no such object. */
  readonly change: SideChange | undefined;
}

/** Two readings of one clock, the API server's: nobody else's is compared with it. */
export interface SideChange {
  /** Undefined where the object does not tell. */
  readonly changedAtMs: number | undefined;
  /** When it was read; undefined where the API server did not tell. */
  readonly readAtMs: number | undefined;
}

/** What one look has of those before. */
export interface LookSurroundings {
  readonly agents: FleetReader;
  readonly memory: SidesMemory;
  readonly signal: AbortSignal;
}

/** How many agents are asked at a time: one that is silent takes seconds, and there may be 500. */
const mostAsked = 32;

/**
 * Reads the objects of this cluster's sides and every route server. The rights that this takes, and no more: in its
 * namespace list pods, get the named StatefulSets and ConfigMaps.
 * @throws AgentFailure
 */
export async function look(
  client: DatedApiClient,
  namespace: string,
  { sides, selector, fleet }: GateIntent,
  { agents, memory, signal }: LookSurroundings,
): Promise<Look> {
  const inNamespace = (group: string, kind: string) => `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
  const podsPath = `${inNamespace('/api/v1', 'pods')}?labelSelector=${encodeURIComponent(selector)}`;
  const changes = new Map<string, SideChange>();
  const sidesHere = sides.flatMap((side) => (isElsewhere(side) ? [] : [side]));
  const placed = read(client, podsPath, podListSchema, signal).then(({ value }) =>
    placePods(toPods(value), sidesHere.map(withLeavingSets)),
  );
  const [{ nobodys }, asked, seenSides, seenFleet] = await Promise.all([
    placed,
    placed.then(({ pods }) => askAll([...pods, ...sides.filter(isElsewhere).flatMap(podsElsewhere)])),
    Promise.all(sides.map(lookAtSide)),
    fleet === undefined ? undefined : lookAtFleet(fleet),
  ]);
  const endedAtMs = machineClock.monotonicMs();
  const listed = asked.map(({ sight, atMs }) => laterOn(sight, endedAtMs - atMs));
  const routeServers = [...listed, ...findUnseenPods(seenSides, listed)];
  return { sides: seenSides, routeServers, nobodys, fleet: seenFleet, changes };

  function askAll(pods: readonly PodSight[]) {
    keepHeapSmall();
    const listening = listeningTo(memory);
    agents.begin(
      pods.flatMap(({ address }) => address ?? []),
      columnsIn(memory),
    );
    const ask = async (pod: PodSight) => {
      const wish = {
        isWhole: listening.has(pod.name),
        ...(pod.podName !== undefined && { pod: pod.podName }),
        signal,
      };
      const answer = await askAgent(pod, agents, wish);
      return { isSilent: !answer.ok, sight: seeRouteServer(pod, answer), atMs: machineClock.monotonicMs() };
    };
    return askMany(pods, ask, { atATime: mostAsked, isSilent: ({ isSilent }) => isSilent });
  }

  async function lookAtSide(side: AnyGateSide): Promise<SideSight | SideElsewhereSight> {
    if (isElsewhere(side)) return side;
    const { name, statefulSets, settings } = side;
    const sets = inNamespace('/apis/apps/v1', 'statefulsets');
    const [seenSets, map] = await Promise.all([
      Promise.all(
        statefulSets.map(async (each) => {
          const found = await find(`${sets}/${each}`, statefulSetSchema);
          if (found) noteChange(name, { changedAtMs: lastChange(found.value), readAtMs: found.dateMs });
          return toStatefulSet(each, found?.value);
        }),
      ),
      findConfigMap(settings),
    ]);
    if (map) noteChange(name, { changedAtMs: lastChange(map.value), readAtMs: map.dateMs });
    return { name, statefulSets: seenSets, settings: toSettings(settings, map?.value) };
  }

  async function lookAtFleet(configMap: string): Promise<SeenFleet> {
    const map = await findConfigMap(configMap);
    const change = map && { changedAtMs: lastChange(map.value), readAtMs: map.dateMs };
    return { ...toFleet(configMap, map?.value), change };
  }

  async function findConfigMap(name: string) {
    return await find(`${inNamespace('/api/v1', 'configmaps')}/${name}`, configMapSchema);
  }

  function noteChange(side: string, change: SideChange): void {
    const known = changes.get(side);
    // What does not tell when may have been changed just now.
    if (!known || ageRank(known) < ageRank(change)) changes.set(side, change);
  }

  async function find<S extends z.ZodType>(path: string, schema: S) {
    try {
      return await read(client, path, schema, signal);
    } catch (thrown) {
      if (thrown instanceof AgentFailure && thrown.code === 'api-not-found') return undefined;
      throw thrown;
    }
  }
}

function ageRank({ changedAtMs = Infinity }: SideChange): number {
  return changedAtMs;
}

/** A pod of a StatefulSet that goes at the end of the sync is its side's until then. */
function withLeavingSets({ name, statefulSets, leaving = [] }: GateSide): Pick<GateSide, 'name' | 'statefulSets'> {
  return { name, statefulSets: [...statefulSets, ...leaving] };
}

/** Of a pod in another cluster nothing is known but where its agent answers. */
function podsElsewhere({ name: side, agents }: GateSideElsewhere): readonly PodSight[] {
  return agents.map(({ address }) => ({
    name: address,
    side,
    uid: undefined,
    address: parseAddress(address),
    podName: undefined,
    isTerminating: false,
    isForeign: false,
    engine: 'unknown',
  }));
}

async function askAgent(
  { address, engine }: PodSight,
  agents: FleetReader,
  wish: Parameters<FleetReader['ask']>[1],
): Promise<AgentAnswer> {
  if (address === undefined) return { ok: false, why: `its pod has no address; its engine is ${engine}` };
  return await agents.ask(address, wish);
}

async function read<S extends z.ZodType>(
  client: DatedApiClient,
  path: string,
  schema: S,
  signal: AbortSignal,
): Promise<{ readonly value: z.output<S>; readonly dateMs: number | undefined }> {
  const { value, dateMs } = await client.getDated(path, signal);
  const parsed = parseAnswer(
    schema,
    value,
    (why, cause) =>
      new AgentFailure(`The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`, {
        code: 'api-answer-not-understood',
        operation: `GET ${path}`,
        retryable: true,
        cause,
      }),
  );
  return { value: parsed, dateMs };
}

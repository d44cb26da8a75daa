import { isElsewhere, type AnyGateSide, type GateIntent, type GateSideElsewhere } from '@meshrs/contract';
import type { z } from 'zod';
import {
  seeRouteServer,
  type RouteServerSight,
  type SideElsewhereSight,
  type SideSight,
  type StatusAnswer,
} from '@meshrs/gate';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import type { ApiClient } from '../sources/kubernetes/api-client.ts';
import { readStatus } from '../fleet/read-status.ts';
import {
  configMapSchema,
  lastChange,
  podListSchema,
  statefulSetSchema,
  toPods,
  toSettings,
  toStatefulSet,
  type PlacedPod,
} from './kubernetes-objects.ts';

/** What one look at the cluster sees. */
export interface Look {
  readonly sides: readonly (SideSight | SideElsewhereSight)[];
  readonly routeServers: readonly RouteServerSight[];
  /** When the StatefulSets of a side of this cluster were last changed, by the API server's clock in milliseconds. */
  readonly changedAtMs: ReadonlyMap<string, number>;
}

/**
 * Reads the objects of this cluster's sides and every route server. The rights that this takes, and no more: in its
 * namespace list pods, get the named StatefulSets and ConfigMaps.
 * @throws AgentFailure
 */
export async function look(
  client: ApiClient,
  namespace: string,
  { sides, selector }: GateIntent,
  signal: AbortSignal,
): Promise<Look> {
  const inNamespace = (group: string, kind: string) => `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
  const podsPath = `${inNamespace('/api/v1', 'pods')}?labelSelector=${encodeURIComponent(selector)}`;
  const changedAtMs = new Map<string, number>();
  const [here, elsewhere, seenSides] = await Promise.all([
    read(client, podsPath, podListSchema, signal).then((list) => askAll(toPods(list))),
    askAll(sides.filter(isElsewhere).flatMap(podsElsewhere)),
    Promise.all(sides.map(lookAtSide)),
  ]);
  return { sides: seenSides, routeServers: [...here, ...elsewhere], changedAtMs };

  function askAll(pods: readonly PlacedPod[]): Promise<readonly RouteServerSight[]> {
    return Promise.all(pods.map(async (pod) => seeRouteServer(pod, await askAgent(pod, signal))));
  }

  async function lookAtSide(side: AnyGateSide): Promise<SideSight | SideElsewhereSight> {
    if (isElsewhere(side)) return side;
    const { name, statefulSets, settings } = side;
    const sets = inNamespace('/apis/apps/v1', 'statefulsets');
    const maps = inNamespace('/api/v1', 'configmaps');
    const [seenSets, map] = await Promise.all([
      Promise.all(
        statefulSets.map(async (each) => {
          const found = await find(`${sets}/${each}`, statefulSetSchema);
          if (found) changedAtMs.set(name, Math.max(changedAtMs.get(name) ?? 0, lastChange(found)));
          return toStatefulSet(each, found);
        }),
      ),
      find(`${maps}/${settings}`, configMapSchema),
    ]);
    return { name, statefulSets: seenSets, settings: toSettings(settings, map) };
  }

  async function find<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S> | undefined> {
    try {
      return await read(client, path, schema, signal);
    } catch (thrown) {
      if (thrown instanceof AgentFailure && thrown.code === 'api-not-found') return undefined;
      throw thrown;
    }
  }
}

/** Of a pod in another cluster nothing is known but where its agent answers. */
function podsElsewhere({ name: side, agents }: GateSideElsewhere): readonly PlacedPod[] {
  return agents.map(({ address }) => ({ name: address, side, address, isTerminating: false, engine: 'unknown' }));
}

async function askAgent({ address, engine }: PlacedPod, signal: AbortSignal): Promise<StatusAnswer> {
  if (address === undefined) return { ok: false, why: `its pod has no address; its engine is ${engine}` };
  return await readStatus(address, signal);
}

async function read<S extends z.ZodType>(
  client: ApiClient,
  path: string,
  schema: S,
  signal: AbortSignal,
): Promise<z.output<S>> {
  return parseAnswer(
    schema,
    await client.get(path, signal),
    (why, cause) =>
      new AgentFailure(`The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`, {
        code: 'api-answer-not-understood',
        operation: `GET ${path}`,
        retryable: true,
        cause,
      }),
  );
}

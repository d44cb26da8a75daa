import {
  configMapSchema,
  podListSchema,
  statefulSetSchema,
  toFleet,
  toPods,
  toSettings,
  toStatefulSet,
} from '@meshrs/mesh-agent/kubernetes-objects';
import { applicationNames } from '@meshrs/manifests/application-names';
import { fleetName, settingsName } from '@meshrs/manifests/object-names';
import { agentPaths, createClientBook, labels, ports, type SeenStatus } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { parseAgentStatus } from '@meshrs/contract/status';
import { serviceNameOf, type Topology } from '@meshrs/topology';
import type { z } from 'zod';
import { describeNobodysPods, placePods, seeRouteServer, type FleetSight, type PodSight } from '@meshrs/gate';
import { Failure, messageOf } from '@meshrs/tools/failure';
import type { ClusterApi } from './cluster-api.ts';
import type { ApiAnswer, PodAnswer, WayToPod } from './pod-answer.ts';
import type { ApplicationStatus, ClusterStatus } from './cluster-status.ts';
import { gatherTurn } from './gather-turn.ts';
import { describeSides, type SeenPod, type SeenSide } from './describe-sides.ts';
import {
  applicationSchema,
  refusalSchema,
  serviceSchema,
  shownPodsSchema,
  shownStatefulSetSchema,
} from './kubernetes-answers.ts';

/** Reads everything that the status tells; the sides are those of one cluster of the topology. */
export async function gatherClusterStatus(
  api: ClusterApi,
  topology: Topology,
  { cluster, sides }: { readonly cluster: string; readonly sides: readonly string[] },
): Promise<ClusterStatus> {
  const { namespace, app } = topology.routeServers;
  const core = `/api/v1/namespaces/${namespace}`;
  const selector = encodeURIComponent(`${labels.app}=${app}`);
  const [podList, seenSides, fleet, { application, note }, turn] = await Promise.all([
    read(api, `${core}/pods?labelSelector=${selector}`),
    Promise.all(sides.map((side) => seeSide(api, topology, side))),
    seeFleet(api, topology),
    readApplication(api, topology.gitops.namespace, applicationNames(cluster).routeServers),
    gatherTurn(api, topology, cluster),
  ]);
  const shown = new Map(parse(shownPodsSchema, podList, 'pods').items.map((pod) => [pod.metadata.name, pod] as const));
  const placed = placePods(
    toPods(parse(podListSchema, podList, 'pods')),
    sides.map((name) => ({ name, statefulSets: Object.keys(topology.sides[name]?.statefulSets ?? {}) })),
  );
  const book = createClientBook();
  const pods = await Promise.all(
    placed.pods.map(async (pod): Promise<SeenPod> => {
      const answer = await askAgent(api, namespace, pod);
      const status = shown.get(pod.name)?.status;
      return {
        sight: seeRouteServer(pod, answer.ok ? { ...answer, told: toldByStatus(book, answer.status) } : answer),
        node: shown.get(pod.name)?.spec.nodeName,
        phase: status?.phase ?? 'Unknown',
        isReady: status?.conditions.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
        restarts: [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].reduce(
          (sum, { restartCount }) => sum + restartCount,
          0,
        ),
        ...(answer.ok ? { agent: answer.status } : { problem: `${answer.why}; ${answer.next}` }),
      };
    }),
  );
  return {
    cluster,
    context: api.context,
    server: api.server,
    turn,
    sides: describeSides(topology, seenSides, pods, fleet),
    application,
    notes: [...describeNobodysPods(placed.nobodys), ...(note === undefined ? [] : [note]), ...turn.notes],
  };
}

async function seeSide(api: ClusterApi, topology: Topology, name: string): Promise<SeenSide> {
  const { namespace } = topology.routeServers;
  const core = `/api/v1/namespaces/${namespace}`;
  const sets = `/apis/apps/v1/namespaces/${namespace}/statefulsets`;
  const serviceName = serviceNameOf(topology, name);
  const configMap = settingsName(serviceName);
  const [statefulSets, settings, service] = await Promise.all([
    Promise.all(
      Object.keys(topology.sides[name]?.statefulSets ?? {}).map(async (each) => {
        const found = await read(api, `${sets}/${each}`);
        if (found === undefined) return { ...toStatefulSet(each, undefined), images: [] };
        const { spec, status } = parse(shownStatefulSetSchema, found, `StatefulSet ${each}`);
        return {
          ...toStatefulSet(each, parse(statefulSetSchema, found, `StatefulSet ${each}`)),
          images: spec.template.spec.containers.map(({ image }) => image),
          ...(status.updateRevision !== undefined && { updateRevision: status.updateRevision }),
        };
      }),
    ),
    read(api, `${core}/configmaps/${configMap}`),
    read(api, `${core}/services/${serviceName}`),
  ]);
  const ingress =
    service === undefined ? [] : parse(serviceSchema, service, `Service ${serviceName}`).status.loadBalancer.ingress;
  return {
    name,
    statefulSets,
    settings: toSettings(
      configMap,
      settings === undefined ? undefined : parse(configMapSchema, settings, `ConfigMap ${configMap}`),
    ),
    assigned: ingress.flatMap(({ ip }) => ip ?? []),
  };
}

/** When it was changed is not told: by this look alone, what is not there yet may still come. */
async function seeFleet(api: ClusterApi, topology: Topology): Promise<FleetSight> {
  const { namespace, app } = topology.routeServers;
  const name = fleetName(app);
  const found = await read(api, `/api/v1/namespaces/${namespace}/configmaps/${name}`);
  const map = found === undefined ? undefined : parse(configMapSchema, found, `ConfigMap ${name}`);
  return { ...toFleet(name, map), secondsSinceChange: undefined };
}

type StatusAnswer =
  | { readonly ok: true; readonly status: SeenStatus; readonly tookMs: number }
  | { readonly ok: false; readonly why: string; readonly next: string };

/** Asks an agent by way of the API server, which reaches pods from wherever the person is. */
async function askAgent(api: ClusterApi, namespace: string, { name, address }: PodSight): Promise<StatusAnswer> {
  if (address !== undefined) return await askAgentOf(api, namespace, name);
  return { ok: false, why: 'the pod has no address yet', next: describePod(namespace, name) };
}

function describePod(namespace: string, name: string): string {
  return `kubectl -n ${namespace} describe pod ${name}`;
}

/** The same, of a pod that has an address. */
export async function askAgentOf(api: ClusterApi, namespace: string, name: string): Promise<StatusAnswer> {
  const askedAtMs = performance.now();
  const got = await api.getOfPod({ namespace, pod: name, port: ports.agent, path: agentPaths.status });
  if (!('answer' in got)) return { ok: false, ...whyNoAnswer(got, namespace, name) };
  try {
    const status = parseAgentStatus(JSON.parse(got.answer.body));
    return { ok: true, status, tookMs: performance.now() - askedAtMs };
  } catch (error) {
    return {
      ok: false,
      why: `its agent's /status is not understood: ${messageOf(error).slice(0, 200)}`,
      next: 'use the meshrs of the same version as the agent',
    };
  }
}

type NoAnswer = Exclude<PodAnswer, { readonly answer: ApiAnswer }>;

/** In order: a right that lacks is what the person can get first. */
function whyNoAnswer({ forward, proxy }: NoAnswer, namespace: string, name: string): { why: string; next: string } {
  const right = `get the rights to get and create pods/portforward in namespace ${namespace}`;
  const look = `${describePod(namespace, name)}, and the log of its container meshrr; docs/operations.md, "Agents that do not answer"`;
  if (isForbidden(forward)) {
    return isForbidden(proxy)
      ? { why: 'you may not read it', next: right }
      : { why: `you may not forward a port to it, and by the API server's proxy ${wordsOf(proxy)}`, next: right };
  }
  const byProxy = isForbidden(proxy)
    ? "you may not use the API server's proxy"
    : `by the API server's proxy ${wordsOf(proxy)}`;
  return { why: `its agent: by a port-forward ${wordsOf(forward)}; ${byProxy}`, next: look };
}

function isForbidden(way: WayToPod): boolean {
  return 'refused' in way && (way.refused.status === 401 || way.refused.status === 403);
}

/** "no answer within 10 s", "answer 503: error trying to reach service" */
function wordsOf(way: WayToPod): string {
  return 'silent' in way ? way.silent : `answer ${String(way.refused.status)}: ${reasonOf(way.refused)}`;
}

async function readApplication(
  api: ClusterApi,
  namespace: string,
  name: string,
): Promise<{ readonly application: ApplicationStatus | undefined; readonly note?: string }> {
  const answer = await api.get(`/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications/${name}`);
  if (answer.status === 404) return { application: undefined };
  if (answer.status !== 200) {
    const note = `Application ${namespace}/${name} cannot be read: ${reasonOf(answer)}; needed is the right to get applications of argoproj.io`;
    return { application: undefined, note };
  }
  const { sync, health, operationState } = parse(
    applicationSchema,
    JSON.parse(answer.body),
    `Application ${name}`,
  ).status;
  return {
    application: {
      name,
      sync: sync?.status ?? 'Unknown',
      health: health?.status ?? 'Unknown',
      revision: sync?.revision,
      operation: operationState?.phase,
      message: operationState?.message,
    },
  };
}

/** The JSON at a path, undefined where there is nothing (404). */
async function read(api: ClusterApi, path: string): Promise<unknown> {
  const answer = await api.get(path);
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return JSON.parse(answer.body);
  const isAboutRights = answer.status === 401 || answer.status === 403;
  throw new Failure({
    code: 'cluster-refused',
    message: `The Kubernetes API at ${api.server} answers ${String(answer.status)}: ${reasonOf(answer)}`,
    next: isAboutRights
      ? 'docs/operations.md lists the rights that "meshrs status" needs; kubectl auth can-i --list shows yours'
      : 'try again; kubectl get --raw /readyz says whether the API is well',
  });
}

function reasonOf({ body }: ApiAnswer): string {
  try {
    const status = refusalSchema.safeParse(JSON.parse(body));
    if (status.success) return status.data.message;
  } catch {
    // No Status object: a proxy in between answers in its own words.
  }
  return JSON.stringify(body.slice(0, 200));
}

function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Failure({
    code: 'cluster-refused',
    message: `The Kubernetes API returned ${what} in an unexpected format: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    next: 'report this with the version of the cluster',
    cause: result.error,
  });
}

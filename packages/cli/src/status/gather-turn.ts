import { readTurn, turnKind, turnName, turnPath, type InterlockState, type TurnState } from '@meshrs/contract';
import { interlockObjects } from '@meshrs/manifests';
import { answerOf, interlockOf, probeRequest } from '@meshrs/mesh-agent/by-hand';
import { messageOf } from '@meshrs/tools/failure';
import type { Topology } from '@meshrs/topology';
import { z } from 'zod';
import type { ClusterRequest, ClusterApi, DatedApiAnswer } from './cluster-api.ts';
import type { TurnOfFleet } from './cluster-status.ts';
import { refusalSchema } from './kubernetes-answers.ts';

const askMs = 10_000;

/**
 * Whose turn it is, and whether the API server keeps to it: by a dry run that its policies have to refuse, and by the list of
 * them. What a person may not ask is not known, and said.
 */
export async function gatherTurn(api: ClusterApi, topology: Topology, cluster: string): Promise<TurnOfFleet> {
  const name = turnName(topology.routeServers);
  const [read, interlock, bindings] = await Promise.all([
    readObject(api, name),
    tryInterlock(api, name),
    missingBindings(api, topology, cluster),
  ]);
  return {
    name,
    turn: read.turn,
    ...(read.since !== undefined && { since: read.since }),
    ...(read.secondsLeft !== undefined && { secondsLeft: read.secondsLeft }),
    isThere: read.isThere,
    interlock: interlock.state,
    missingBindings: bindings.missing,
    notes: [...read.notes, ...interlock.notes, ...bindings.notes],
  };
}

const written = z.object({
  metadata: z.object({
    managedFields: z
      .array(
        z.object({
          time: z.string().optional(),
          fieldsV1: z.looseObject({ 'f:spec': z.unknown().optional() }).optional(),
        }),
      )
      .default([]),
  }),
});

async function readObject(
  api: ClusterApi,
  name: string,
): Promise<{
  readonly turn: TurnState;
  readonly isThere: boolean | undefined;
  readonly since?: string;
  readonly secondsLeft?: number;
  readonly notes: readonly string[];
}> {
  const answer = await ask(api, { method: 'GET', path: turnPath(name) });
  if (typeof answer === 'string') return unread(answer, undefined);
  if (answer.status === 404) return unread(`the cluster has no turn ${name}`, false);
  if (answer.status !== 200) {
    const why = wordsOf(answer);
    return {
      ...unread(why, undefined),
      notes: [`The turn cannot be read: ${why}; needed is the right to get turns of ${turnKind.group}`],
    };
  }
  const object: unknown = JSON.parse(answer.body);
  const turn = readTurn(name, object);
  const times = (written.safeParse(object).data?.metadata.managedFields ?? [])
    .filter(({ fieldsV1, time }) => fieldsV1?.['f:spec'] !== undefined && time !== undefined)
    .map(({ time }) => time ?? '');
  const since = times.sort().at(-1);
  const leftMs =
    turn.state === 'open' && answer.dateMs !== undefined ? Date.parse(turn.until) - answer.dateMs : undefined;
  return {
    ...{ turn, isThere: true, notes: [] },
    ...(since !== undefined && { since }),
    ...(leftMs !== undefined && { secondsLeft: Math.round(leftMs / 1000) }),
  };
}

function unread(why: string, isThere: boolean | undefined) {
  return { turn: { state: 'unknown', why }, isThere, notes: [] } as const;
}

async function tryInterlock(
  api: ClusterApi,
  name: string,
): Promise<{ readonly state: InterlockState; readonly notes: readonly string[] }> {
  const answer = await ask(api, probeRequest(name));
  if (typeof answer === 'string') return { state: 'unknown', notes: [] };
  // Without a turn there is nothing to try, which is said of the turn.
  if (answer.status === 404) return { state: 'unknown', notes: [] };
  const told = answerOf(name, { status: answer.status, value: valueOf(answer), dateMs: answer.dateMs });
  const state = interlockOf(told);
  if (state !== 'unknown') return { state, notes: [] };
  const why = told.kind === 'not-understood' || told.kind === 'unreachable' ? told.why : told.kind;
  return {
    state,
    notes: [
      `Whether the API server keeps one side at a time was not tried: ${why}. That takes the right to patch the turn, which lets open it, too`,
    ],
  };
}

const bindingList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ validationActions: z.array(z.string()).default([]) }),
    }),
  ),
});

/** Generated bindings that are not there, or refuse nothing. */
async function missingBindings(
  api: ClusterApi,
  topology: Topology,
  cluster: string,
): Promise<{ readonly missing: readonly string[]; readonly notes: readonly string[] }> {
  const kind = 'validatingadmissionpolicybindings';
  const path = `/apis/admissionregistration.k8s.io/v1/${kind}?labelSelector=${encodeURIComponent('app.kubernetes.io/part-of=meshrs')}`;
  const answer = await ask(api, { method: 'GET', path });
  const list =
    typeof answer === 'string' || answer.status !== 200 ? undefined : bindingList.safeParse(valueOf(answer)).data;
  if (!list) {
    const why = typeof answer === 'string' ? answer : wordsOf(answer);
    return {
      missing: [],
      notes: [`The bindings of the interlock cannot be listed: ${why}; needed is the right to list ${kind}`],
    };
  }
  const denying = new Set(
    list.items.filter(({ spec }) => spec.validationActions.includes('Deny')).map(({ metadata }) => metadata.name),
  );
  // A component of the user's changes no name in it.
  const wanted = interlockObjects({ topology, cluster, hasCustom: false })
    .map(({ object }) => object)
    .filter((object) => object.kind === 'ValidatingAdmissionPolicyBinding' && JSON.stringify(object).includes('"Deny"'))
    .map(({ metadata }) => metadata.name);
  return { missing: wanted.filter((name) => !denying.has(name)).sort(), notes: [] };
}

/** An answer, or why there is none: the rest of the status is told all the same. */
async function ask(api: ClusterApi, request: ClusterRequest): Promise<DatedApiAnswer | string> {
  try {
    return await api.send(request, { signal: AbortSignal.timeout(askMs) });
  } catch (error) {
    return messageOf(error);
  }
}

function valueOf({ body }: DatedApiAnswer): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return { message: body.slice(0, 200) };
  }
}

function wordsOf(answer: DatedApiAnswer): string {
  const read = refusalSchema.safeParse(valueOf(answer));
  return `the API answers ${String(answer.status)}${read.success ? `: ${read.data.message.slice(0, 300)}` : ''}`;
}

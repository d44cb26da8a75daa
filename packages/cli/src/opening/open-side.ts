import { gateRevision, turnName, turnWords, type OpenTurn } from '@meshrs/contract';
import { describeTurn } from '@meshrs/gate';
import { budgetIntent, gateQuestions } from '@meshrs/manifests';
import {
  AgentFailure,
  createApiServers,
  createBudgetObject,
  createGateTurn,
  createTurnObject,
  createTurnRecord,
  defaultTiming,
  probe,
  waitUntilOpen,
  type GateTurn,
  type SeenTurn,
  type TurnObject,
} from '@meshrs/mesh-agent/by-hand';
import { Failure, messageOf } from '@meshrs/tools/failure';
import type { Topology } from '@meshrs/topology';
import type { ClusterApi } from '../status/cluster-api.ts';
import { agentsByApi } from './agents-by-api.ts';
import { holdOpen, what } from './hold-open.ts';
import type { OpeningRequest } from './opening-request.ts';
import { createPersonClient, type PersonClient } from './person-client.ts';
import { byHandPage, turnMissing } from './refusals.ts';
import { sayWhatHappens } from './turn-words.ts';

export interface OpeningPlace {
  readonly api: ClusterApi;
  readonly topology: Topology;
  readonly cluster: string;
  readonly say: (line: string) => void;
  /** Resolves with the reason when the person, or what stands above him, ends the program. */
  readonly end: Promise<string>;
}

export type OpenedByHand =
  /** It was open, and is closed again. */
  | { readonly kind: 'closed' }
  /** It was open, and somebody else has closed it or opened another. */
  | { readonly kind: 'taken' }
  /** It was never open. */
  | { readonly kind: 'refused'; readonly obstacles: readonly string[] };

/** A server that is busy is waited for: nobody else closes it before its time is over. */
const closesForMs = 20_000;

/** Asks the gate's questions, opens, stays, and closes, whatever happens. @throws Failure, AgentFailure */
export async function openSide(request: OpeningRequest, place: OpeningPlace): Promise<OpenedByHand> {
  const { api, topology, cluster, say, end } = place;
  const { namespace } = topology.routeServers;
  const name = turnName(topology.routeServers);
  const client = createPersonClient(api);
  const record = createTurnRecord(client, name, {
    ...{ component: 'meshrs', type: 'Warning' },
    onFailure: ({ message }) => {
      say(`This is not in the list of Events: ${message}`);
    },
  });
  const object = createTurnObject(client, name, record);
  const seen = await readTurn(object, client, api);
  await refuseUnguarded(client, name);
  refuseOpen(seen, request);
  const isMarked = request.open === turnWords.all ? false : await readSide(client, topology, cluster, request.open);
  const servers = createApiServers(client, (server) => createPersonClient(api, server));
  const turn = createGateTurn({
    ...{ object, servers, next: request.open, openSeconds: request.minutes * 60, clock: defaultTiming.clock },
    budget: createBudgetObject(client, namespace, budgetIntent({ topology })),
    takesOver: request.isForced,
    mustHold: !request.isForced,
    sharesName: true,
    giveUpMs: closesForMs,
    who: 'meshrs open',
    log: sayWhatHappens(say),
  });
  const nodes = nodesOf(topology, cluster, request.open);
  let why = 'meshrs open did not come to its end';
  let outcome: OpenedByHand;
  try {
    const opening = request.isForced
      ? await openAtOnce(turn, request, nodes, place)
      : await askAndOpen(turn, request, nodes, { ...place, client, isMarked });
    if (opening.kind === 'refused') {
      why = 'meshrs open did not open it';
      outcome = opening;
    } else {
      const written = { open: request.open, by: await object.ownName(AbortSignal.timeout(10_000)), ...opening };
      say(`${what(request.open)} open until ${opening.until}, by ${written.by}: ${request.reason}`);
      const held = await holdOpen({
        read: (signal) => object.read(signal),
        opened: { ...written, reason: request.reason },
        ...{ end, say },
      });
      why =
        held.kind === 'over' ? 'its time is over' : held.kind === 'asked' ? `meshrs open has ended (${held.why})` : '';
      if (held.kind === 'taken') say(`${what(request.open)} not open by you any more: the turn is ${held.now}`);
      outcome = { kind: held.kind === 'taken' ? 'taken' : 'closed' };
    }
  } finally {
    const given = await turn.giveUp(why);
    servers.close();
    tellEnd(given, request, say);
  }
  return outcome;
}

function tellEnd(
  given: Awaited<ReturnType<GateTurn['giveUp']>>,
  { open }: OpeningRequest,
  say: OpeningPlace['say'],
): void {
  if (given.kind === 'done') {
    if (given.closed) say('Closed: no side may change. The disruption budget allows again what it should.');
    return;
  }
  throw new Failure({
    code: 'turn-not-closed',
    message: `${what(open)} perhaps still open, it could not be closed: ${messageOf(given.failure)}`,
    next: 'run "meshrs close --reason TEXT" as soon as the API answers; if nobody does, the agents close it when its time is over',
    cause: given.failure,
  });
}

async function readTurn(object: TurnObject, client: PersonClient, api: ClusterApi): Promise<SeenTurn> {
  const seen = await object.read(AbortSignal.timeout(10_000));
  if (seen.resourceVersion === undefined) throw await turnMissing(client, object.name, api);
  return seen;
}

/** Whether anything is kept that could be opened, and whether this person may. */
async function refuseUnguarded(client: PersonClient, turn: string): Promise<void> {
  const answer = await probe(client, turn, AbortSignal.timeout(10_000));
  switch (answer.kind) {
    case 'holds':
      return;
    case 'unguarded':
      throw new Failure({
        code: 'no-interlock',
        message: `No admission policy asks for the turn ${turn}: nothing keeps one side at a time, and nothing has to be opened.`,
        next: 'whatever you change now changes at once, on any side; the Application meshrs-interlock of the cluster brings the policies',
      });
    case 'starting':
      throw new Failure({
        code: 'cluster-refused',
        message: `The API server has just started and does not know the kind of the turn ${turn} yet.`,
        next: 'run it again in half a minute',
      });
    case 'not-understood':
      throw new Failure({
        code: 'cluster-refused',
        message: `You cannot write the turn ${turn}: ${answer.why}`,
        next: `${byHandPage} says which rights that takes and how they are bound`,
      });
    case 'unreachable':
      throw new AgentFailure(answer.why, { code: 'api-unreachable', operation: 'probe', retryable: true });
  }
}

function refuseOpen({ turn }: SeenTurn, { isForced }: OpeningRequest): void {
  if (turn.state === 'closed' || isForced) return;
  throw new Failure({
    code: turn.state === 'open' ? 'turn-open' : 'turn-unreadable',
    message: `The turn is ${describeTurn(turn)}. Two at a time would take clients off both sides.`,
    next:
      turn.state === 'open'
        ? nextOf(turn)
        : `look at kubectl get turns -o yaml; --force writes it anew (${byHandPage})`,
  });
}

function nextOf({ by, until }: OpenTurn): string {
  return by.startsWith('system:serviceaccount:')
    ? `a sync is under way: wait until it is over, at ${until} at the latest`
    : `ask ${by}; what nobody needs any more is closed by: meshrs close --reason TEXT`;
}

/** Whether its objects tell when they were changed. @throws Failure where the cluster has nothing of the side */
async function readSide(client: PersonClient, topology: Topology, cluster: string, side: string): Promise<boolean> {
  const { namespace } = topology.routeServers;
  const { sides } = gateQuestions({ topology, cluster, hasCustom: false }, side);
  const folder = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/statefulsets`;
  let isMarked = true;
  let isThere = false;
  for (const { name, statefulSets } of sides) {
    for (const each of statefulSets) {
      const { value } = await find(client, `${folder}/${encodeURIComponent(each)}`);
      if (value === undefined) continue;
      isThere ||= name === side;
      isMarked &&= JSON.stringify(value).includes(`"${gateRevision}"`);
    }
  }
  if (isThere) return isMarked;
  throw new Failure({
    code: 'side-not-there',
    message: `The cluster has no StatefulSet of side ${side} in namespace ${namespace}.`,
    next: 'name the cluster of that side with --context; nothing that is not there has to be opened to be made',
  });
}

async function find(client: PersonClient, path: string): Promise<{ readonly value: unknown }> {
  try {
    return await client.getDated(path, AbortSignal.timeout(10_000));
  } catch (thrown) {
    if (thrown instanceof AgentFailure && thrown.code === 'api-not-found') return { value: undefined };
    throw thrown;
  }
}

/** Only by these do the policies know which of MetalLB's pods are the side's. */
function nodesOf(topology: Topology, cluster: string, open: string): readonly string[] {
  const sides = topology.placement.clusters[cluster]?.sides ?? [];
  return Object.entries(topology.nodes)
    .filter(([, { side }]) => (open === turnWords.all ? sides.includes(side) : side === open))
    .map(([node]) => node)
    .sort();
}

type Opening = { readonly kind: 'open'; readonly until: string } | Extract<OpenedByHand, { kind: 'refused' }>;

async function askAndOpen(
  turn: GateTurn,
  { open, reason, waitSeconds }: OpeningRequest,
  nodes: readonly string[],
  place: OpeningPlace & { readonly client: PersonClient; readonly isMarked: boolean },
): Promise<Opening> {
  const { api, topology, cluster, client, isMarked, say, end } = place;
  const { namespace } = topology.routeServers;
  say(`Asking whether every client of side ${open} is kept by another side ...`);
  const outcome = await waitUntilOpen(
    { ...gateQuestions({ topology, cluster, hasCustom: false }, open), timeoutSeconds: waitSeconds },
    {
      ...{ client, namespace, turn, isMarked },
      agents: agentsByApi(api, namespace),
      says: { reason, nodes },
      log: sayWhatHappens(say),
      stopSignal: end.then(() => undefined),
      timing: defaultTiming,
    },
  );
  if (outcome.kind === 'open' && outcome.until !== undefined) return { kind: 'open', until: outcome.until };
  return { kind: 'refused', obstacles: outcome.kind === 'refused' ? outcome.obstacles : [] };
}

/** An emergency waits for no API server longer than this. */
const spreadForMs = 15_000;

async function openAtOnce(
  turn: GateTurn,
  { open, reason }: OpeningRequest,
  nodes: readonly string[],
  { say, end }: OpeningPlace,
): Promise<Opening> {
  const stop = new AbortController();
  void end.then(() => {
    stop.abort();
  });
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(spreadForMs)]);
  let obstacles: readonly string[] = [];
  try {
    do obstacles = await turn.close(signal);
    while (obstacles.length > 0 && !signal.aborted);
    if (obstacles.length > 0) return { kind: 'refused', obstacles };
    const opening = await turn.open({ side: open, revision: undefined, nodes, reason, isFresh: () => true }, signal);
    if (opening.kind === 'open') return opening;
    if (opening.kind === 'lost') return { kind: 'refused', obstacles: opening.obstacles };
    // It is open where the person works, or will be in a moment: in an emergency that has to do.
    say(`Warning: open, and not everywhere yet. It waits for ${opening.obstacles.join('; ')}`);
    return { kind: 'open', until: opening.until };
  } catch (thrown) {
    if (!signal.aborted || !(thrown instanceof AgentFailure)) throw thrown;
    return { kind: 'refused', obstacles: [...obstacles, thrown.message] };
  }
}

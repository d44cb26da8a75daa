import { environment, isElsewhere } from '@meshrs/contract';
import { wrongUsage } from '../exit-codes.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import { createLog, type Log } from '../log/log.ts';
import { agentPaths, type AgentPaths } from '../paths.ts';
import { createApiServers, dialServers } from '../turn/api-servers.ts';
import { budgetRights, createBudgetObject } from '../turn/budget-object.ts';
import { createTurnObject, turnRights } from '../turn/turn-object.ts';
import { createTurnRecord } from '../turn/turn-record.ts';
import { parseGateArguments, type ParsedGateIntent } from './arguments.ts';
import { createGateTurn, type GateTurn } from './gate-turn.ts';
import { reachApi, type ReachedApi } from './reach-api.ts';
import { writeTerminationMessage } from './termination-log.ts';
import { prepareSpeakers, type PreparedSpeakers } from './speakers/speakers-in-turn.ts';
import { speakerRights } from './speakers/speakers-place.ts';
import { defaultTiming, type GateTiming } from './gate-timing.ts';
import { waitUntilOpen, type GateOpened, type Outcome } from './wait-until-open.ts';

export interface GateSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stopSignal: Promise<void>;
  /** Left out: the real ones. */
  readonly timing?: Partial<GateTiming>;
}

const rights = 'verb list on pods, and get on the StatefulSets and ConfigMaps that its arguments name';

/** `mesh-agent gate`: resolves with 0 when the next side may be touched, with 1, telling why, when it may not, and with 2 for wrong arguments. */
export async function runGate(
  args: readonly string[],
  { env, out, err, stopSignal, timing }: GateSurroundings,
): Promise<number> {
  const parsed = parseGateArguments(args);
  if (!parsed.ok) {
    err(`${parsed.problems.map((problem) => `mesh-agent gate: ${problem}`).join('\n')}\nSee mesh-agent gate --help.\n`);
    return wrongUsage;
  }
  const { intent, root } = parsed;
  const paths = agentPaths(root);
  const log = createLog({ write: out, secrets: [], base: { gate: intent.next } });
  const { refuse, leaveWord } = createLastWord(paths, log, err);
  try {
    const api = await reachApi(paths, env, rightsFor(intent));
    try {
      const outcome = await passGate(intent, api, {
        ...{ env, log, stopSignal },
        timing: { ...defaultTiming, ...timing },
      });
      if (outcome.kind === 'refused') return await refuse(outcome.message);
      await leaveWord(outcome.message);
      return 0;
    } finally {
      api.client.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return await refuse(`Side ${intent.next} was not changed: ${thrown.message}`);
  }
}

function rightsFor({ turn, speakers }: ParsedGateIntent): string {
  return [rights, ...(turn ? [turnRights, budgetRights] : []), ...(speakers ? [speakerRights] : [])].join('; ');
}

/**
 * How long the pods of MetalLB's alone, where nothing else of the side changes, wait for other sides to keep its clients. After
 * that the side keeps them, and the next side goes: a chart that does not run there is taken back there first.
 */
const insistsSeconds = 180;

/** MetalLB's pods of the side go first of all that a turn lets go, while nothing else of the side has begun to change. */
async function passGate(
  intent: ParsedGateIntent,
  api: ReachedApi,
  { env, log, stopSignal, timing }: Pick<GateSurroundings, 'env' | 'stopSignal'> & { log: Log; timing: GateTiming },
): Promise<Pick<Outcome, 'kind' | 'message'>> {
  const { next, sides, speakers: wanted, pullSecrets = [], timeoutSeconds } = intent;
  const stop = new AbortController();
  void stopSignal.then(() => {
    stop.abort();
  });
  const prepared =
    wanted &&
    (await prepareSpeakers(
      {
        ...{ next, wanted, pullSecrets, timeoutSeconds },
        sides: sides.flatMap((side) => (isElsewhere(side) ? [] : [side.name])),
      },
      { ...api, own: ownPod(env), log, timing, stop: stop.signal },
    ));
  if (prepared?.kind === 'refused') return prepared;
  return await withTurn<Pick<Outcome, 'kind' | 'message'>>(intent, api, timing, log, async (turn) => {
    const outcome = await waitUntilOpen(intent, {
      ...{ ...api, turn, log, stopSignal, timing },
      ...(prepared && { says: { nodes: prepared.nodes }, seeOthers: prepared.seeNewest }),
      ...(prepared?.isOutdated === true && { insistsSeconds: Math.min(insistsSeconds, timeoutSeconds / 2) }),
    });
    return prepared && outcome.kind === 'open' ? await withSpeakers(outcome, prepared, log) : outcome;
  });
}

async function withSpeakers(
  outcome: GateOpened,
  { replace, left }: PreparedSpeakers,
  log: Log,
): Promise<Pick<Outcome, 'kind' | 'message'>> {
  const and = (more: string | undefined) => [outcome.message, ...(more === undefined ? [] : [more])].join('\n');
  if (outcome.until === undefined) {
    if (left !== undefined) log.warn('speakers-left', { why: left });
    return { kind: 'open', message: and(left) };
  }
  const replaced = await replace(outcome.again);
  return replaced.kind === 'refused' ? replaced : { kind: 'open', message: and(replaced.message) };
}

function ownPod(env: GateSurroundings['env']) {
  const [name, uid] = [env[environment.podName] ?? '', env[environment.podUid] ?? ''];
  return name === '' || uid === '' ? undefined : { name, uid };
}

/** What a gate says at its end: in its log, and to Argo CD. */
export function createLastWord(paths: AgentPaths, log: Log, err: (text: string) => void) {
  const leaveWord = (message: string) =>
    writeTerminationMessage(paths.terminationLog, message).catch((failure: unknown) => {
      log.warn('termination-log-not-written', { file: paths.terminationLog, failure: describeFailure(failure) });
    });
  const refuse = async (message: string): Promise<number> => {
    log.error('gate-refused', { message });
    err(`${message}\n`);
    await leaveWord(message);
    return 1;
  };
  return { leaveWord, refuse };
}

/** Whatever happens in `work`: a gate that has not passed leaves nothing open that it opened. */
export async function withTurn<T extends { readonly kind: string }>(
  { turn: intent, next }: Pick<ParsedGateIntent, 'turn' | 'next'>,
  { client, access, namespace }: ReachedApi,
  { clock, dialled }: GateTiming,
  log: Log,
  work: (turn: GateTurn | undefined) => Promise<T>,
): Promise<T> {
  if (!intent) return await work(undefined);
  const servers = createApiServers(client, dialServers(access, dialled));
  const record = createTurnRecord(client, intent.name, {
    ...{ component: 'meshrs-gate', type: 'Normal' },
    onFailure: (failure) => {
      log.warn('turn-not-recorded', { failure: describeFailure(failure) });
    },
  });
  const object = createTurnObject(client, intent.name, record);
  const budget = createBudgetObject(client, namespace, intent.budget);
  const turn = createGateTurn({
    ...{ object, servers, budget, next, clock, log },
    openSeconds: intent.openSeconds,
    takesOver: true,
    mustHold: true,
    sharesName: false,
    who: `the gate before side ${next}`,
  });
  let hasPassed = false;
  try {
    const outcome = await work(turn);
    hasPassed = outcome.kind === 'open';
    return outcome;
  } finally {
    if (!hasPassed) await turn.giveUp();
    servers.close();
  }
}

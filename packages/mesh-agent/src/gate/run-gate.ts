import { environment, isElsewhere } from '@meshrs/contract';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  confirmAfterMs,
  confirmOpening,
  describeNobodysPods,
  describeNotYet,
  describeObstacles,
  describeOpening,
  describeRefusal,
  describeUnconfirmed,
  describeWarnings,
  decideGate,
  describeFleetPassed,
  nothingRemembered,
  untilNextLookMs,
  type Confirmation,
  type GatePlace,
  type GateVerdict,
  type OpeningLook,
  type SidesMemory,
} from '@meshrs/gate';
import { machineClock, type Clock } from '../async/clock.ts';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import { createLog, type Log } from '../log/log.ts';
import { agentPaths, type AgentPaths } from '../paths.ts';
import { createApiClient, type DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { chooseAccess } from '../sources/kubernetes/choose-access.ts';
import { createPause, hasAborted, type Pause } from '../async/pause.ts';
import { parseGateArguments, type ParsedGateIntent } from './arguments.ts';
import { look, type Look } from './look.ts';
import { writeTerminationMessage } from './termination-log.ts';
import { createAges, createTimeSinceChange } from './time-since-change.ts';

export interface GateSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stopSignal: Promise<void>;
  /** Left out: the real ones. */
  readonly timing?: Partial<GateTiming>;
}

export interface GateTiming {
  /** How long after a look that would open the one follows that confirms it. */
  readonly confirmAfterMs: number;
  /** What time it is at the API server, by the date of its answers. */
  readonly apiTimeMs: (dateMs: number) => number;
  /** By which the time between two looks is measured. */
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** The wait between two looks. */
  readonly wait: Pause['wait'];
}

const defaultTiming: GateTiming = {
  confirmAfterMs,
  apiTimeMs: (dateMs) => dateMs,
  clock: machineClock,
  wait: (milliseconds, signal) => createPause().wait(milliseconds, signal),
};

const pollMs = 1000;
const rights = 'verb list on pods, and get on the StatefulSets and ConfigMaps that its arguments name';

/** `mesh-agent gate`: resolves with 0 when the next side may be touched, and with 1, telling why, when it may not. */
export async function runGate(
  args: readonly string[],
  { env, out, err, stopSignal, timing }: GateSurroundings,
): Promise<number> {
  const parsed = parseGateArguments(args);
  if (!parsed.ok) {
    err(`${parsed.problems.map((problem) => `mesh-agent gate: ${problem}`).join('\n')}\nSee mesh-agent --help.\n`);
    return 1;
  }
  const { intent, root } = parsed;
  const paths = agentPaths(root);
  const log = createLog({ write: out, secrets: [], base: { gate: intent.next } });
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
  try {
    const { client, namespace } = await reachApi(paths, env);
    try {
      const outcome = await waitUntilOpen(intent, {
        ...{ client, namespace, log, stopSignal },
        timing: { ...defaultTiming, ...timing },
      });
      if (outcome.kind === 'refused') return await refuse(outcome.message);
      await leaveWord(outcome.message);
      return 0;
    } finally {
      client.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return await refuse(`Side ${intent.next} was not changed: ${thrown.message}`);
  }
}

interface Watching {
  readonly client: DatedApiClient;
  readonly namespace: string;
  readonly log: Log;
  readonly stopSignal: Promise<void>;
  readonly timing: GateTiming;
}

interface Outcome {
  readonly kind: 'open' | 'refused';
  readonly message: string;
}

/** Looks again and again, until two looks open the gate, the time is over, or the process is asked to end. */
async function waitUntilOpen(
  intent: ParsedGateIntent,
  { client, namespace, log, stopSignal, timing }: Watching,
): Promise<Outcome> {
  const { next, sides, timeoutSeconds, allowMissing, revision } = intent;
  const { clock } = timing;
  const place: GatePlace = {
    next,
    others: sides
      .filter(({ name }) => name !== next)
      .map((side) => ({ name: side.name, statefulSets: isElsewhere(side) ? [] : side.statefulSets })),
  };
  const stop = new AbortController();
  void stopSignal.then(() => {
    stop.abort();
  });
  const ending = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
  const startedAtMs = clock.monotonicMs();
  const sinceChange = createTimeSinceChange({
    sides,
    isMarked: revision !== undefined,
    nowMs: clock.monotonicMs,
  });
  const ages = createAges(clock.monotonicMs);
  const tell = tellChanges(log);
  let memory: SidesMemory = nothingRemembered;
  let first: OpeningLook | undefined;
  let refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: nothing was seen of the cluster.`;
  while (!ending.aborted) {
    try {
      const seen = await look(dated(client, timing), namespace, intent, ending);
      const view = {
        ...{ ...seen, next, allowMissing, revision, secondsSinceChange: sinceChange(seen.changes), memory },
        fleet: seen.fleet && { ...seen.fleet, secondsSinceChange: ages('fleet', seen.fleet.change) / 1000 },
      };
      const verdict = decideGate(view);
      if (hasAborted(ending)) break;
      const atMs = clock.monotonicMs();
      const confirmation = confirmOpening(first, { atMs, verdict, view, afterMs: timing.confirmAfterMs });
      const warnings = warningsOf(verdict, seen, place);
      if (confirmation.kind === 'open' && verdict.kind === 'open') {
        const seconds = (atMs - startedAtMs) / 1000;
        return tellOpen(verdict, place, { log, seconds, warnings });
      }
      first = confirmation.kind === 'open' ? undefined : confirmation.first;
      if ('comparison' in verdict) memory = verdict.comparison.memory;
      tell(obstaclesOf(verdict, confirmation, place), warnings);
      refusal = refusalOf(verdict, confirmation, { place, timeoutSeconds });
    } catch (thrown) {
      if (hasAborted(ending)) break;
      if (!(thrown instanceof AgentFailure)) throw thrown;
      // The API may be away for a moment, or the Role on its way; without a look nothing opens, and none is confirmed.
      first = undefined;
      tell([thrown.message], []);
      refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: ${thrown.message}`;
    }
    const atMs = clock.monotonicMs();
    await timing.wait(untilNextLookMs(first, { atMs, afterMs: timing.confirmAfterMs, pollMs }), ending);
  }
  return stop.signal.aborted
    ? {
        kind: 'refused',
        message: `Side ${next} was not changed: the gate was asked to end before it opened; sync again when you like.`,
      }
    : { kind: 'refused', message: refusal };
}

function dated(client: DatedApiClient, { apiTimeMs }: GateTiming): DatedApiClient {
  return {
    close: client.close,
    getDated: async (path, signal) => {
      const { value, dateMs } = await client.getDated(path, signal);
      return { value, dateMs: dateMs === undefined ? undefined : apiTimeMs(dateMs) };
    },
  };
}

function warningsOf(verdict: GateVerdict, { nobodys }: Look, place: GatePlace): readonly string[] {
  return [
    ...describeNobodysPods(nobodys),
    ...('fleetPassed' in verdict ? describeFleetPassed(verdict.fleetPassed ?? [], place) : []),
    ...('comparison' in verdict ? describeWarnings(verdict.comparison, place) : []),
  ];
}

function obstaclesOf(verdict: GateVerdict, confirmation: Confirmation, place: GatePlace): readonly string[] {
  if (verdict.kind === 'shut') return describeObstacles(verdict, place);
  return confirmation.kind === 'open' ? [] : [describeNotYet(confirmation.why)];
}

function refusalOf(
  verdict: GateVerdict,
  confirmation: Confirmation,
  { place, timeoutSeconds }: { readonly place: GatePlace; readonly timeoutSeconds: number },
): string {
  if (verdict.kind === 'shut') return describeRefusal(verdict, place, timeoutSeconds);
  return describeUnconfirmed(confirmation, place, timeoutSeconds);
}

/** One line when what is waited for changes, and one for each warning. */
function tellChanges(log: Log): (obstacles: readonly string[], warnings: readonly string[]) => void {
  let last = '';
  const told = new Set<string>();
  return (obstacles, warnings) => {
    const now = obstacles.join('\n');
    if (now !== last) log.info('gate-waiting', { obstacles });
    last = now;
    for (const warning of warnings.filter((each) => !told.has(each))) {
      told.add(warning);
      log.warn('gate-warning', { warning });
    }
  };
}

function tellOpen(
  verdict: Extract<GateVerdict, { kind: 'open' }>,
  place: GatePlace,
  { log, seconds, warnings }: { readonly log: Log; readonly seconds: number; readonly warnings: readonly string[] },
): Outcome {
  const message = describeOpening(verdict, place, seconds);
  log.info('gate-open', {
    why: verdict.why,
    seconds: Number(seconds.toFixed(3)),
    ...('comparison' in verdict && { clients: verdict.comparison.clientCount }),
    message,
  });
  return { kind: 'open', message: [message, ...warnings].join('\n') };
}

async function reachApi(
  paths: AgentPaths,
  env: GateSurroundings['env'],
): Promise<{ readonly client: DatedApiClient; readonly namespace: string }> {
  const [kubeconfig, host, port, namespace] = [
    'KUBECONFIG',
    'KUBERNETES_SERVICE_HOST',
    'KUBERNETES_SERVICE_PORT',
    environment.podNamespace,
  ].map((name) => (env[name] === '' ? undefined : env[name]));
  if (kubeconfig === undefined && (host === undefined || port === undefined)) {
    throw new AgentFailure('Neither KUBERNETES_SERVICE_HOST nor KUBECONFIG says where the Kubernetes API is.', {
      code: 'api-access-missing',
      operation: 'find the Kubernetes API',
      retryable: false,
    });
  }
  const access = await chooseAccess(
    {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(host !== undefined && port !== undefined && { kubernetesApi: { host, port } }),
    },
    paths.serviceAccount,
  );
  return {
    client: createApiClient(access, { rights }),
    namespace: namespace ?? access.defaultNamespace ?? (await readNamespace(paths.serviceAccount)),
  };
}

async function readNamespace(serviceAccount: string): Promise<string> {
  const file = path.join(serviceAccount, 'namespace');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AgentFailure(
      `The namespace of the route servers is not known: ${environment.podNamespace} is not set, and ${file} cannot be read (${systemCode(cause)}).`,
      { code: 'file-not-readable', operation: `read ${file}`, retryable: false, cause },
    );
  }
}

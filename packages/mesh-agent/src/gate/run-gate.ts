import { environment, isElsewhere, type AnyGateSide } from '@meshrs/contract';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  describeObstacles,
  describeRefusal,
  describeWarnings,
  decideGate,
  nothingRemembered,
  type GatePlace,
  type GateVerdict,
  type SidesMemory,
} from '@meshrs/gate';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import { createLog, type Log } from '../log/log.ts';
import { agentPaths, type AgentPaths } from '../paths.ts';
import { createApiClient, type ApiClient } from '../sources/kubernetes/api-client.ts';
import { chooseAccess } from '../sources/kubernetes/choose-access.ts';
import { createPause, hasAborted } from '../async/pause.ts';
import { parseGateArguments, type ParsedGateIntent } from './arguments.ts';
import { look } from './look.ts';
import { writeTerminationMessage } from './termination-log.ts';

export interface GateSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stopSignal: Promise<void>;
  /** Milliseconds since 1970, as the API server counts them; left out: this machine's clock. */
  readonly now?: () => number;
}

const pollMs = 1000;
const rights = 'verb list on pods, and get on the StatefulSets and ConfigMaps that its arguments name';

/** `mesh-agent gate`: resolves with 0 when the next side may be touched, and with 1, telling why, when it may not. */
export async function runGate(
  args: readonly string[],
  { env, out, err, stopSignal, now = Date.now }: GateSurroundings,
): Promise<number> {
  const parsed = parseGateArguments(args);
  if (!parsed.ok) {
    err(`${parsed.problems.map((problem) => `mesh-agent gate: ${problem}`).join('\n')}\nSee mesh-agent --help.\n`);
    return 1;
  }
  const { intent, root } = parsed;
  const paths = agentPaths(root);
  const log = createLog({ write: out, secrets: [], base: { gate: intent.next } });
  const refuse = async (message: string): Promise<number> => {
    log.error('gate-refused', { message });
    err(`${message}\n`);
    await writeTerminationMessage(paths.terminationLog, message).catch((failure: unknown) => {
      log.warn('termination-log-not-written', { file: paths.terminationLog, failure: describeFailure(failure) });
    });
    return 1;
  };
  try {
    const { client, namespace } = await reachApi(paths, env);
    try {
      const outcome = await waitUntilOpen(intent, { client, namespace, log, stopSignal, now });
      return outcome.kind === 'open' ? 0 : await refuse(outcome.message);
    } finally {
      client.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return await refuse(`Side ${intent.next} was not changed: ${thrown.message}`);
  }
}

interface Watching {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly log: Log;
  readonly stopSignal: Promise<void>;
  readonly now: () => number;
}

type Outcome = { readonly kind: 'open' } | { readonly kind: 'refused'; readonly message: string };

/** Looks again and again, until the gate is open, the time is over, or the process is asked to end. */
async function waitUntilOpen(
  intent: ParsedGateIntent,
  { client, namespace, log, stopSignal, now }: Watching,
): Promise<Outcome> {
  const { next, sides, timeoutSeconds, allowMissing, revision } = intent;
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
  const startedAt = performance.now();
  const tell = tellChanges(log);
  const pause = createPause();
  let memory: SidesMemory = nothingRemembered;
  let refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: nothing was seen of the cluster.`;
  while (!ending.aborted) {
    try {
      const seen = await look(client, namespace, intent, ending);
      const elapsedSeconds = (performance.now() - startedAt) / 1000;
      // Without the mark that the StatefulSets carry, this very sync may have changed any object of any side; and when a
      // side of another cluster was changed is not seen here.
      const mostSeconds = (side: AnyGateSide): number =>
        revision === undefined || isElsewhere(side) ? elapsedSeconds : Infinity;
      const secondsSinceChange = (side: AnyGateSide): number =>
        Math.min(mostSeconds(side), (now() - (seen.changedAtMs.get(side.name) ?? 0)) / 1000);
      const verdict = decideGate({
        ...seen,
        next,
        allowMissing,
        revision,
        secondsSinceChange: new Map(sides.map((side) => [side.name, secondsSinceChange(side)])),
        memory,
      });
      if (hasAborted(ending)) break;
      if (verdict.kind === 'open') {
        tellOpen(verdict, place, { log, seconds: (performance.now() - startedAt) / 1000 });
        return { kind: 'open' };
      }
      memory = verdict.comparison.memory;
      tell(describeObstacles(verdict, place), describeWarnings(verdict.comparison, place));
      refusal = describeRefusal(verdict, place, timeoutSeconds);
    } catch (thrown) {
      if (hasAborted(ending)) break;
      if (!(thrown instanceof AgentFailure)) throw thrown;
      // The API may be away for a moment, or the Role on its way; without a look nothing opens.
      tell([thrown.message], []);
      refusal = `Gate timed out after ${String(timeoutSeconds)} s; side ${next} was not changed: ${thrown.message}`;
    }
    await pause.wait(pollMs, ending);
  }
  return stop.signal.aborted
    ? {
        kind: 'refused',
        message: `Side ${next} was not changed: the gate was asked to end before it opened; sync again when you like.`,
      }
    : { kind: 'refused', message: refusal };
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
  { log, seconds }: { readonly log: Log; readonly seconds: number },
): void {
  const warnings = 'comparison' in verdict ? describeWarnings(verdict.comparison, place) : [];
  for (const warning of warnings) log.warn('gate-warning', { warning });
  log.info('gate-open', {
    why: verdict.why,
    seconds: Number(seconds.toFixed(3)),
    ...('comparison' in verdict && { clients: verdict.comparison.clientCount }),
  });
}

async function reachApi(
  paths: AgentPaths,
  env: GateSurroundings['env'],
): Promise<{ readonly client: ApiClient; readonly namespace: string }> {
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

import { formatIssue } from '@meshrs/strict-yaml';
import { environment as environmentNames, fleetOfTurn, type Engine } from '@meshrs/contract';
import { machineClock } from '../async/clock.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import { createLog, type Log } from '../log/log.ts';
import type { LogOutput } from '../log/log-output.ts';
import { ownAddresses } from '../own-addresses.ts';
import type { EngineSupport } from '../engines.ts';
import { agentPaths, type AgentPaths } from '../paths.ts';
import { boundedIssues, moreIssues } from '../settings/bounded-issues.ts';
import { readStartSettings } from '../settings/kept-settings.ts';
import { readSettingsFile } from '../settings/read-settings-file.ts';
import type { SettingsInForce } from '../settings/settings-in-force.ts';
import { startSidecar } from '../sidecar.ts';
import { createTurnWatch, type TurnWatch } from '../turn/turn-watch.ts';
import { keepHeapSmall } from '../small-heap.ts';
import { readBootId } from '../state/boot-id.ts';
import type { ApiAccess } from '../sources/kubernetes/access.ts';
import { createApiClient } from '../sources/kubernetes/api-client.ts';
import { chooseAccess } from '../sources/kubernetes/choose-access.ts';
import { parseArguments, type AgentCommand } from './arguments.ts';
import { wrongUsage } from '../exit-codes.ts';
import { commandUsages, usage } from './usage.ts';
import { formatProblem, readEnvironment, secretsOf, type AgentEnvironment } from './environment.ts';

/** What a process is given, and where its words go. */
export interface ProcessSurroundings {
  readonly version: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly outBytes: (bytes: Uint8Array) => void;
  /** Whether `out` goes to somebody's screen. */
  readonly isTerminal: () => boolean;
  readonly err: (text: string) => void;
  /** Where the sidecar's log goes. */
  readonly openLog: () => LogOutput;
  /** Resolves at the first signal that asks the process to end. */
  readonly stopSignal: Promise<void>;
  readonly supportOf: (engine: Engine) => EngineSupport;
  readonly supportedEngines: readonly Engine[];
}

/** Runs one command of the agent to its end. Resolves with the exit code: 0 done, 1 refused or failed, 2 the command line is wrong. */
export async function run(surroundings: ProcessSurroundings): Promise<number> {
  const { args, err } = surroundings;
  const parsed = parseArguments(args);
  if (!parsed.ok) {
    err(`${parsed.message}\n`);
    return wrongUsage;
  }
  try {
    const paths = agentPaths(parsed.root);
    const done = carryOut(parsed.command, paths, surroundings);
    return await (endsItself.has(parsed.command.kind)
      ? done
      : unlessStopped(done, parsed.command.kind, paths, surroundings));
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    err(`mesh-agent ${args.join(' ')}: ${thrown.code}: ${thrown.message}\n`);
    return 1;
  }
}

/** These take a signal as what ends their work, in order. */
const endsItself: ReadonlySet<AgentCommand['kind']> = new Set([
  'sidecar',
  'gate',
  'removal-gate',
  'close-turn',
  'init',
]);

/** A command that waits ends at a signal, and says what goes on without it. */
async function unlessStopped(
  done: Promise<number>,
  kind: AgentCommand['kind'],
  paths: AgentPaths,
  { stopSignal, err }: ProcessSurroundings,
): Promise<number> {
  const stopped = stopSignal.then(() => 'stopped' as const);
  const end = await Promise.race([done, stopped]);
  if (end !== 'stopped') return end;
  done.catch(() => undefined);
  const { whatGoesOn } = await import('./stopped-command.ts');
  err(`mesh-agent ${kind}: asked to end before it was done.${whatGoesOn(kind, paths)}\n`);
  return 1;
}

/** What one command alone needs is loaded with it: the sidecar starts faster and stays smaller. */
async function carryOut(command: AgentCommand, paths: AgentPaths, surroundings: ProcessSurroundings): Promise<number> {
  const { out, version } = surroundings;
  switch (command.kind) {
    case 'help':
      out(command.of ? commandUsages[command.of] : usage);
      return 0;
    case 'version':
      out(`${version}\n`);
      return 0;
    case 'list-evictions':
      return await (await import('./evictions-command.ts')).listEvictions(paths.agentSocket, surroundings);
    case 'clear-evictions':
      return await (
        await import('./evictions-command.ts')
      ).clearEvictions(paths.agentSocket, command.which, surroundings);
    case 'drain':
      return await (await import('./drain-command.ts')).drainAndWait(paths, surroundings, command);
    case 'undrain':
      return await (await import('./undrain-command.ts')).undrainAndWait(paths, surroundings);
    case 'log-level':
      return await (await import('./log-level-command.ts')).setLogLevel(paths.agentSocket, command.level, surroundings);
    case 'debug':
      return await (
        await import('./debug-command.ts')
      ).writeDebugArchive(paths.agentSocket, command.file, surroundings);
    case 'gate':
      return await (await import('../gate/run-gate.ts')).runGate(command.args, surroundings);
    case 'removal-gate':
      return await (await import('../gate/run-removal-gate.ts')).runRemovalGate(command.args, surroundings);
    case 'close-turn':
      return await (await import('../gate/close-turn.ts')).closeTurn(paths, command.closes, surroundings);
    case 'init':
      return await withSettings(paths, surroundings, { mayUseKept: false }, (environment, inForce) =>
        runInit(paths, environment, inForce, surroundings),
      );
    case 'sidecar':
      return await withSettings(paths, surroundings, { mayUseKept: true }, (environment, inForce) =>
        runSidecar(paths, environment, inForce, surroundings),
      );
  }
}

/** Reads environment and settings; what is wrong with either is told in one run, and nothing is done. */
async function withSettings(
  paths: AgentPaths,
  { env, err, supportedEngines: engines }: ProcessSurroundings,
  { mayUseKept }: { readonly mayUseKept: boolean },
  work: (environment: AgentEnvironment, inForce: SettingsInForce) => Promise<number>,
): Promise<number> {
  const environment = readEnvironment(env);
  if (!environment.ok) {
    const problems = [...environment.problems.map(formatProblem), ...(await problemsOfSettings(paths, env, engines))];
    err(`${problems.join('\n')}\n`);
    return 1;
  }
  const { podName, podIp } = environment.value;
  const addresses = ownAddresses(podIp);
  const read = await readStartSettings(paths, podName, { mayUseKept, engines, addresses });
  if (!read.ok) {
    const found = boundedIssues(read.issues);
    err(`${[...found.issues.map(formatIssue), moreIssues(found)].join('\n').trimEnd()}\n`);
    return 1;
  }
  return await work(environment.value, read.start);
}

/** What is wrong with the settings of a pod whose environment is wrong, as far as that can be found out. */
async function problemsOfSettings(
  paths: AgentPaths,
  env: ProcessSurroundings['env'],
  engines: readonly Engine[],
): Promise<readonly string[]> {
  const podName = env[environmentNames.podName] ?? '';
  try {
    const read =
      podName === ''
        ? await readSettingsFile(paths.settings)
        : await readStartSettings(paths, podName, { mayUseKept: false, engines });
    return read.ok ? [] : read.issues.map(formatIssue);
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return [`${thrown.code}: ${thrown.message}`];
  }
}

async function runInit(
  paths: AgentPaths,
  environment: AgentEnvironment,
  inForce: SettingsInForce,
  { out, supportOf }: ProcessSurroundings,
): Promise<number> {
  const { initialise } = await import('../init/init.ts');
  out('Initializing pod\n');
  for (const warning of inForce.warnings ?? []) out(`${formatIssue(warning)}\n`);
  const { file } = await initialise({
    paths,
    inForce,
    own: ownAddresses(environment.podIp),
    render: (intent) => supportOf(inForce.settings.engine).initialConfiguration(intent),
  });
  out(`Wrote ${file} for ${inForce.identity.name}, router-id ${inForce.identity.routerId}.\n`);
  return 0;
}

async function runSidecar(
  paths: AgentPaths,
  environment: AgentEnvironment,
  inForce: SettingsInForce,
  { openLog, env, version, stopSignal, supportOf }: ProcessSurroundings,
): Promise<number> {
  const { podIp, podName, namespace, updateSeconds, podRevision } = environment;
  const output = openLog();
  const log = createLog({ write: output.write, secrets: secretsOf(env), base: { pod: podName } });
  output.onRecovered((dropped) => {
    log.warn('log-lines-dropped', { dropped });
  });
  log.info('sidecar-started', { version, settings: inForce.revision, engine: inForce.settings.engine });
  const access = await chooseAccess(environment, paths.serviceAccount);
  const turnWatch = createTurnWatch(machineClock);
  const sidecar = await startSidecar({
    version,
    paths,
    podName,
    ...(podRevision !== undefined && { podRevision }),
    podIp,
    own: () => ownAddresses(podIp),
    namespace,
    updateSeconds,
    start: inForce,
    engine: supportOf(inForce.settings.engine).connectTo(paths),
    apiClient: () => createApiClient(access),
    log,
    droppedLogLines: output.droppedCount,
    clock: machineClock,
    random: Math.random,
    bootId: readBootId(),
    turn: turnWatch.last,
  });
  keepHeapSmall();
  const turnCare =
    environment.turn === undefined
      ? undefined
      : await careForTurnOf(environment.turn, { access, log, onSeen: turnWatch.see });
  // A drained route server goes on until its pod ends: the agent is a native sidecar, and would only be started again.
  await stopSignal;
  log.info('sidecar-stopping', { drain: sidecar.drain.state().phase });
  // Nobody asks for a drain by a signal: the engine may go on, and the next agent with it. One that is under way is not
  // left half-way, since no agent may come; without an engine there is nothing left to drain.
  if (sidecar.isEngineConnected()) await sidecar.drain.settled();
  turnCare?.abort();
  await sidecar.stop();
  log.info('sidecar-stopped');
  return 0;
}

/** A connection of its own: it is used once a minute, by agents that watch no Kubernetes API, too. */
async function careForTurnOf(
  turn: string,
  { access, log, onSeen }: { readonly access: ApiAccess; readonly log: Log; readonly onSeen: TurnWatch['see'] },
): Promise<AbortController> {
  const { probe } = await import('../turn/api-servers.ts');
  const { budgetRights, createBudgetObject } = await import('../turn/budget-object.ts');
  const { startTurnCare } = await import('../turn/turn-care.ts');
  const { createTurnObject, turnRights } = await import('../turn/turn-object.ts');
  const { createTurnRecord } = await import('../turn/turn-record.ts');
  const stop = new AbortController();
  const client = createApiClient(access, { rights: `${turnRights}; ${budgetRights}` });
  const record = createTurnRecord(client, turn, {
    ...{ component: 'meshrs-agent', type: 'Warning' },
    onFailure: (failure) => {
      log.warn('turn-not-recorded', { failure: describeFailure(failure) });
    },
  });
  const object = createTurnObject(client, turn, record);
  const fleet = fleetOfTurn(turn);
  const budget = fleet && createBudgetObject(client, fleet.namespace, { name: fleet.app });
  const { signal } = stop;
  const ask = (ending: AbortSignal) => probe(client, turn, ending);
  startTurnCare({ object, budget, probe: ask, onSeen, log, random: Math.random, signal });
  return stop;
}

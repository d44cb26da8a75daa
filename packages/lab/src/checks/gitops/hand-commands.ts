import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { readApplication } from '../../argocd/applications.ts';
import { pushTopology } from '../../gitops/fleet.ts';
import { tryRun } from '../../host/run.ts';
import { waitUntil } from '../../host/wait.ts';
import { kubectl, kubectlCommand } from '../../kubernetes/kubectl.ts';
import { logFile } from '../../lab/daemons.ts';
import { assertNone } from '../check.ts';
import { beginDisturbance, settle, type Disturbance } from '../disturbance.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  stay,
  waitForApplication,
  type GitopsContext,
} from './context.ts';
import { answerOf, messageProblems, type HandAnswer } from './hand-commands/answer.ts';
import { handUsers, type HandCommand, type HandUser } from './hand-commands/command.ts';
import { findTargets, type Targets } from './hand-commands/guarded-targets.ts';
import { handCommands, typed } from './hand-commands/hand-commands.ts';
import { loneMoments } from './hand-commands/lone-moments.ts';
import { otherImage } from './image.ts';
import { beginSync, endOperation } from './operations.ts';
import { evidence } from './roll-out.ts';

const count = 200;
/** So that the commands last as long as a roll-out does. */
const pauseSeconds = 0.3;

/** Another one finds other moments; this one is what every run does. */
const seed = 2027;

/** What one of the users typed, and what came of it. */
interface Typed {
  readonly user: HandUser;
  readonly command: HandCommand;
  readonly answer: HandAnswer;
}

export const gitopsHandCommands = gitopsCheck(
  {
    name: 'gitops-hand-commands',
    title: `of ${String(count)} commands that four users type while a commit rolls out, none takes a client's last session, and each refusal says what to do`,
    deadlineSeconds: 1200,
  },
  async (context) => {
    const targets = await findTargets(context);
    const before = await beginDisturbance(context);
    const push = await pushed(
      pushTopology(context.fleet, 'another image, with hands on the cluster', await otherImage(context)),
    );
    const all: Typed[] = [];
    for (const [command, user] of drawCommands(targets)) {
      const typed = await type(context, command, user);
      all.push(typed);
      appendFileSync(logFile(context.lab, 'hand-commands'), `${JSON.stringify({ atMs: Date.now(), ...typed })}\n`);
      await stay(context, pauseSeconds);
    }
    const typedMs = Date.now() - push.committedAtMs;
    assertNone(withoutSession(context, before), 'moments without a session', [tally(all)]);
    await tidyUp(context, targets);
    await repair(context);
    await settle(context);
    const seen = evidence(context, before, before.fromMs, Date.now());
    const facts = [
      `${String(all.length)} commands in ${inSeconds(typedMs)}: ${tally(all)}; whole again ${inSeconds(Date.now() - push.committedAtMs)} after the commit`,
    ];
    assertNone(
      [
        ...withoutSession(context, before),
        ...(seen.observations.length === 0 ? ['the observers saw nothing at all'] : []),
        ...(all.some(({ answer }) => answer.kind === 'refused') ? [] : ['nothing was refused']),
        ...all.flatMap(answerProblems),
      ],
      'things went wrong',
      facts,
    );
    return { facts };
  },
);

/** Every stretch of time in which a client had no session with any side, up to now. */
function withoutSession(context: GitopsContext, before: Disturbance): string[] {
  const { sessions, fromMs: beganMs } = before;
  const { observations } = evidence(context, before, beganMs, Date.now());
  const after = (atMs: number): string => inSeconds(atMs - beganMs);
  return loneMoments(sessions, observations).map(
    ({ client, fromMs, toMs }) =>
      `${client} was without a session from ${after(fromMs)} to ${toMs === undefined ? 'the end' : after(toMs)}`,
  );
}

function drawCommands(targets: Targets): [HandCommand, HandUser][] {
  const command = fc.oneof(
    ...handCommands(targets).map(({ weight, commands }) => ({ weight, arbitrary: fc.constantFrom(...commands) })),
  );
  return fc.sample(fc.tuple(command, fc.constantFrom(...handUsers)), { numRuns: count, seed });
}

async function type(context: GitopsContext, command: HandCommand, user: HandUser): Promise<Typed> {
  const result = await tryRun(kubectlCommand(context.cluster, context.tools, [...user.args, ...command.args]), {
    signal: context.signal,
    ...(command.input !== undefined && { input: command.input }),
  });
  const answer = answerOf(result);
  // Of a drain that is refused the cordon stays.
  if (command.undo) await takeBack(context, command.undo);
  return { user, command, answer };
}

/** What a turn let through may be refused when it is taken back after that turn: then a person opens all sides for it. */
async function takeBack(context: GitopsContext, args: readonly string[]): Promise<void> {
  const command = kubectlCommand(context.cluster, context.tools, args);
  const first = answerOf(await tryRun(command, { signal: context.signal }));
  if (first.kind === 'refused') throw new Error(`${args.join(' ')}: ${first.message}`);
}

/** What was made by hand, and no sync takes away. */
async function tidyUp({ cluster, tools }: GitopsContext, targets: Targets): Promise<void> {
  const made: readonly [string, string][] = [
    [targets.namespace, 'pods,poddisruptionbudgets.policy'],
    [targets.metallbNamespace, 'ipaddresspools.metallb.io'],
  ];
  for (const [namespace, kinds] of made) {
    await kubectl(cluster, tools, ['--namespace', namespace, 'delete', kinds, '--selector', `${typed}=by-hand`]);
  }
}

const rounds = 5;

/** As who is on call does: a sync that hangs is ended, and a whole one begun, until all is as committed. */
async function repair(context: GitopsContext): Promise<void> {
  const { routeServers } = applicationNames(context);
  for (let round = 0; round < rounds; round++) {
    const deadlineMs = Date.now() + 150_000;
    let seen = '';
    await waitUntil(
      `its sync has ended, in round ${String(round + 1)} of ${String(rounds)}`,
      async () => {
        const now = await readApplication(context.cluster.api, routeServers);
        seen = `${now?.operation?.phase ?? 'no sync'}, ${now?.sync ?? 'unknown'}, ${now?.health ?? 'unknown'}: ${now?.operation?.message ?? ''}`;
        return now?.operation?.phase !== 'Running' || Date.now() > deadlineMs;
      },
      {
        deadlineMs: 600_000,
        intervalMs: 1000,
        signal: context.signal,
        next: 'look at the Application: kubectl -n argocd get app',
        seen: () => seen,
      },
    );
    const now = await readApplication(context.cluster.api, routeServers);
    if (now?.operation?.phase === 'Succeeded' && now.sync === 'Synced' && now.health === 'Healthy') return;
    if (now?.operation?.phase === 'Running') await endOperation(context, routeServers);
    await waitForApplication(
      context,
      routeServers,
      'has ended',
      ({ operation }) => operation?.phase !== 'Running' && operation?.phase !== 'Terminating',
      300,
    );
    await beginSync(context, routeServers);
    await stay(context, 3);
  }
  await waitForApplication(
    context,
    routeServers,
    'is as committed',
    ({ sync, health }) => sync === 'Synced' && health === 'Healthy',
    300,
  );
}

function answerProblems({ user, command, answer }: Typed): string[] {
  const what = `${user.name}: kubectl ${command.args.join(' ')}`;
  if (answer.kind === 'unknown') return [`${what}: ${answer.text}`];
  return answer.kind === 'refused'
    ? messageProblems(answer.message, user.name).map((problem) => `${what}: ${problem}`)
    : [];
}

function tally(all: readonly Typed[]): string {
  return [...Map.groupBy(all, ({ answer }) => answer.kind)]
    .map(([kind, those]) => `${String(those.length)} ${kind}`)
    .join(', ');
}

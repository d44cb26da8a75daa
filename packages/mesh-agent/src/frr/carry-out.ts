import {
  parseRunningConfig,
  planChanges,
  type FrrConfig,
  type PlannedChange,
  type PlannedCommand,
  type RunningConfig,
  type StatementContext,
} from '@meshrs/router-config/frr';
import { EngineFailure } from '../engine/engine-failure.ts';
import type { VtyAnswer, VtySession } from './vty-session.ts';

/** A client that was cleared to become a configured neighbor may be back before it is one; then it is cleared again. */
export const mostTries = 10;

export interface CarriedOut {
  /** How many commands were sent. */
  readonly count: number;
  /**
   * At each try the client had come by its range before it could be configured, as `command-rejected`: it is no configured neighbor now,
   * and nothing else of the change is there. That is what its host does, and says nothing of the rest of a plan.
   */
  readonly cameBack?: EngineFailure;
}

/** Where a change is sent. */
export interface Around {
  /** AS of the router that is entered for it; undefined: there is none. */
  readonly asn: number | undefined;
  /** What runs before it: it is asked for only where the change is undone, since thousands of steps are about one neighbor each. */
  readonly before: () => FrrConfig;
}

/**
 * Sends one change to what runs. A rejected command ends it: what the change did is taken back, and the failure is
 * `command-rejected`, or `undo-rejected` when that failed too.
 * @param tries how often a client that is back is cleared
 */
export async function carryOut(
  session: VtySession,
  { asn, before }: Around,
  change: Omit<PlannedChange, 'leaves'>,
  signal: AbortSignal,
  tries = mostTries,
): Promise<CarriedOut> {
  const { count, rejected, isBack } = await sendPatiently(session, change, asn, signal, tries);
  if (!rejected) return { count };
  if (isBack) return { count, cameBack: backEachTime(rejected, tries) };
  await undo(session, before(), signal);
  throw rejectionOf(rejected);
}

/** A client that has come by a listen range meanwhile is sent away again, and is no configured neighbor any more. */
async function sendPatiently(
  session: VtySession,
  { change, commands }: Pick<PlannedChange, 'change' | 'commands'>,
  asn: number | undefined,
  signal: AbortSignal,
  tries = mostTries,
): Promise<Sent> {
  const isGone = change.kind === 'neighbor-removed';
  const mayComeBack = commands.some(({ mayBeRejected }) => mayBeRejected);
  let toSend = commands;
  let count = 0;
  for (let attempt = 1; ; attempt++) {
    const sent = await sendAll(session, toSend, asn, signal);
    count += sent.count;
    const isDynamic = sent.rejected?.answer.output.includes('dynamic neighbor') === true;
    // It is gone: who is there under its address has come by a range.
    if (isDynamic && isGone) return { count };
    if (!isDynamic || !mayComeBack) return { ...sent, count };
    if (attempt >= tries) return { ...sent, count, isBack: true };
    // What makes one anew takes it away first, and that bgpd refuses now.
    toSend = commands.map((each) => (each.text.startsWith('no neighbor ') ? { ...each, mayBeRejected: true } : each));
  }
}

/** Asks for the running configuration. */
export async function readRunningConfig(session: VtySession, signal: AbortSignal): Promise<RunningConfig> {
  return parseRunningConfig(await show(session, 'show running-config', signal));
}

/** One `show` command's text; rejects with `answer-not-understood` when bgpd does not know it. */
export async function show(session: VtySession, command: string, signal: AbortSignal): Promise<string> {
  const answer = await session.command(command, signal);
  if (answer.status === 0) return answer.output;
  throw new EngineFailure(`bgpd rejected "${command}": ${answer.output.trim()}`, {
    code: 'answer-not-understood',
    engine: 'frr',
    operation: command,
    retryable: false,
  });
}

/** From whatever the rejected change left to what ran before it. */
async function undo(session: VtySession, before: FrrConfig, signal: AbortSignal): Promise<void> {
  const { config } = await readRunningConfig(session, signal);
  for (const change of planChanges(config, before)) {
    const { rejected: again } = await sendPatiently(session, change, asnOf(before) ?? asnOf(config), signal);
    if (!again) continue;
    throw new EngineFailure(
      `bgpd rejected "${again.command.text}", which was to undo a rejected change: ${again.answer.output.trim()}`,
      { code: 'undo-rejected', engine: 'frr', operation: again.command.text, retryable: true },
    );
  }
}

interface Sent {
  readonly count: number;
  readonly rejected?: Rejected;
  /** It was rejected since the client had come by its range, at each try. */
  readonly isBack?: boolean;
}

interface Rejected {
  readonly command: PlannedCommand;
  readonly answer: VtyAnswer;
}

/** Sends the commands up to the first rejected one, and leaves the configuration mode again. */
async function sendAll(
  session: VtySession,
  commands: readonly PlannedCommand[],
  asn: number | undefined,
  signal: AbortSignal,
): Promise<Sent> {
  let count = 0;
  let here: StatementContext | 'elsewhere' | undefined;
  const send = (text: string): Promise<VtyAnswer> => {
    count += 1;
    return session.command(text, signal);
  };
  for (const command of commands) {
    for (const step of path(here, command.context, asn)) {
      const answer = await send(step);
      if (answer.status === 0) continue;
      await send('end');
      return { count, rejected: { command: { context: command.context, text: step }, answer } };
    }
    const answer = await send(command.text);
    if (answer.status !== 0 && command.mayBeRejected !== true) {
      await send('end');
      return { count, rejected: { command, answer } };
    }
    // A command at the top may open a block: where it leads is left again before the next.
    here = command.context.kind === 'top' ? 'elsewhere' : command.context;
  }
  if (count > 0) await send('end');
  return { count };
}

/** The commands that lead from one context to another; undefined is where a session stands outside of configuration. */
function path(
  from: StatementContext | 'elsewhere' | undefined,
  to: StatementContext,
  asn: number | undefined,
): readonly string[] {
  if (typeof from === 'object') {
    if (isSame(from, to)) return [];
    if (from.kind === 'router' && to.kind === 'family') return [`address-family ${to.family}`];
    if (from.kind === 'family' && to.kind === 'router') return ['exit-address-family'];
  }
  const start = [...(from === undefined ? [] : ['end']), 'configure terminal'];
  switch (to.kind) {
    case 'top':
      return start;
    case 'router':
      return [...start, `router bgp ${String(asn)}`];
    case 'family':
      return [...start, `router bgp ${String(asn)}`, `address-family ${to.family}`];
    case 'route-map':
      return [...start, `route-map ${to.name} ${to.entry}`];
  }
}

function isSame(one: StatementContext, other: StatementContext): boolean {
  if (one.kind === 'family' && other.kind === 'family') return one.family === other.family;
  if (one.kind === 'route-map' && other.kind === 'route-map') {
    return one.name === other.name && one.entry === other.entry;
  }
  return one.kind === other.kind;
}

function asnOf(config: FrrConfig): number | undefined {
  return config.router?.asn;
}

function rejectionOf({ command, answer }: Rejected): EngineFailure {
  return new EngineFailure(
    `bgpd rejected "${command.text}" (status ${String(answer.status)}): ${answer.output.trim()}. The change was undone; what ran before goes on.`,
    { code: 'command-rejected', engine: 'frr', operation: command.text, retryable: false },
  );
}

function backEachTime({ command, answer }: Rejected, tries: number): EngineFailure {
  return new EngineFailure(
    `bgpd rejected "${command.text}" (status ${String(answer.status)}): ${answer.output.trim()}. The client was cleared ${String(tries)} times, and had come by its listen range again each time. It is no configured neighbor until a later attempt; all else goes on.`,
    { code: 'command-rejected', engine: 'frr', operation: command.text, retryable: true },
  );
}

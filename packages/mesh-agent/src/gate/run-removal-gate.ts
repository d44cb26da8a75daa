import { describeLeftovers } from '@meshrs/gate';
import { hasAborted } from '../async/pause.ts';
import { wrongUsage } from '../exit-codes.ts';
import { AgentFailure } from '../failure.ts';
import { createLog, type Log } from '../log/log.ts';
import { agentPaths } from '../paths.ts';
import { budgetRights } from '../turn/budget-object.ts';
import { turnRights } from '../turn/turn-object.ts';
import { parseRemovalArguments, type ParsedRemovalIntent } from './arguments.ts';
import { findLeftovers, type Leftovers } from './leftovers.ts';
import { reachApi, type ReachedApi } from './reach-api.ts';
import { createLastWord, withTurn, type GateSurroundings } from './run-gate.ts';
import { defaultTiming, type GateTiming } from './gate-timing.ts';
import { waitUntilOpen } from './wait-until-open.ts';

const rights =
  "verb list on pods, StatefulSets, ConfigMaps, Services, NetworkPolicies and MetalLB's objects, and get on StatefulSets and ConfigMaps";
const tryAgainMs = 1000;
/** Anybody who may make an object could have made it. */
const mostIgnored = 20;

/**
 * `mesh-agent removal-gate`: resolves with 0 when Argo CD may delete what no commit names any more, or when there is no such
 * thing, with 1, telling why, when it may not, and with 2 for wrong arguments.
 */
export async function runRemovalGate(
  args: readonly string[],
  { env, out, err, stopSignal, timing: given }: GateSurroundings,
): Promise<number> {
  const parsed = parseRemovalArguments(args);
  if (!parsed.ok) {
    const problems = parsed.problems.map((problem) => `mesh-agent removal-gate: ${problem}`);
    err(`${problems.join('\n')}\nSee mesh-agent removal-gate --help.\n`);
    return wrongUsage;
  }
  const { intent, root } = parsed;
  const paths = agentPaths(root);
  const log = createLog({ write: out, secrets: [], base: { gate: 'removal' } });
  const { leaveWord, refuse } = createLastWord(paths, log, err);
  const stop = new AbortController();
  void stopSignal.then(() => {
    stop.abort();
  });
  const timing = { ...defaultTiming, ...given };
  const ending = AbortSignal.any([stop.signal, timing.deadline(intent.timeoutSeconds * 1000)]);
  try {
    const api = await reachApi(paths, env, `${rights}; ${turnRights}; ${budgetRights}`);
    try {
      const { leftovers, ignored } = await findInTime(api, intent, { log, timing, ending });
      if (ignored.length > 0) {
        const names = ignored.map(({ side, what }) => `${what} (side ${side})`);
        log.warn('removal-ignored', { objects: names.slice(0, mostIgnored), count: names.length });
      }
      const [first] = leftovers;
      if (!first) {
        const message = 'Nothing of a side is left that this commit does not name: nothing is deleted.';
        log.info('removal-nothing', { message });
        await leaveWord(message);
        return 0;
      }
      const words = describeLeftovers(leftovers);
      log.info('removal-found', { leftovers: words });
      const outcome = await openFor(first.side, intent, api, {
        log,
        stopSignal,
        timing,
      });
      const message = `${words} ${outcome.message}`;
      if (outcome.kind === 'refused') return await refuse(message);
      await leaveWord(message);
      return 0;
    } finally {
      api.client.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return await refuse(`Nothing was deleted: ${thrown.message}`);
  }
}

async function openFor(
  next: string,
  { revisions, ...intent }: ParsedRemovalIntent,
  api: ReachedApi,
  { log, stopSignal, timing }: { readonly log: Log; readonly stopSignal: Promise<void>; readonly timing: GateTiming },
) {
  // What is deleted bears another revision than the side has, so that the turn is for none.
  const gate = { ...intent, next };
  const isMarked = Object.keys(revisions).length > 0;
  return await withTurn(gate, api, timing, log, (turn) =>
    waitUntilOpen(gate, { ...api, turn, log, stopSignal, timing, isMarked }),
  );
}

/** The rights to see them may be on their way, as the objects of the same commit. @throws AgentFailure */
async function findInTime(
  { client, namespace }: ReachedApi,
  intent: ParsedRemovalIntent,
  { log, timing, ending }: { readonly log: Log; readonly timing: GateTiming; readonly ending: AbortSignal },
): Promise<Leftovers> {
  let told = '';
  for (;;) {
    try {
      return await findLeftovers(client, namespace, intent, ending);
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure) || hasAborted(ending)) throw thrown;
      if (thrown.message !== told) log.info('gate-waiting', { obstacles: [thrown.message] });
      told = thrown.message;
      await timing.wait(tryAgainMs, ending);
    }
  }
}

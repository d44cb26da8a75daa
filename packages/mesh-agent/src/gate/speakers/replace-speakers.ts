import { speakerStepSeconds } from '@meshrs/contract';
import {
  findChangedSets,
  findNotReplaced,
  planSpeakers,
  type LeftNode,
  type SpeakerPodSight,
  type SpeakersPlan,
  type SpeakersQuestion,
  type SpeakersSight,
  type SpeakerStep,
} from '@meshrs/gate';
import { hasAborted } from '../../async/pause.ts';
import { AgentFailure } from '../../failure.ts';
import { refusalOf, type ExchangeAnswer, type ExchangeRequest } from '../../sources/kubernetes/api-client.ts';
import type { LaterLook } from '../open-turn.ts';
import { seeSpeakers } from './see-speakers.ts';
import { describeLeft } from './speaker-words.ts';
import { speakerRights, type SpeakersPlace } from './speakers-place.ts';

/** Whether the side may be disturbed still; it tries until the signal ends. */
export type MayGoOn = (signal: AbortSignal) => Promise<LaterLook>;

export type Replacement =
  /** `message`: what was done and what was left; undefined: nothing was to be done. */
  | { readonly kind: 'done'; readonly message: string | undefined }
  | { readonly kind: 'refused'; readonly message: string };

export interface ReplacementTask {
  /** It names the nodes that have the images. */
  readonly question: SpeakersQuestion & { readonly among: ReadonlySet<string> };
  /** What the images were brought for: while it goes on, no DaemonSet may become another. */
  readonly sight: SpeakersSight;
  readonly left: readonly LeftNode[];
}

type ReplacementPlace = SpeakersPlace & { readonly mayGoOn: MayGoOn };

const askAgainMs = 500;
/** An API server that is slow, or away, for less than this stops nothing. */
const patienceMs = speakerStepSeconds * 1000;

/** Why it does not go on, for people; thrown where several steps would have to hand it on. */
class Stopped extends Error {}

/**
 * Replaces what is outdated, node by node. Before each step it sees the cluster anew: the DaemonSets are those for which the
 * images were brought, every pod that is new by now runs, and every client of the side is still kept elsewhere. Nodes of
 * no side come last, since they have no client, and then the clients are looked at once more: other objects of the side go next.
 * An API server without an answer is asked again, for as long as a step may take: nothing is deleted meanwhile.
 */
export async function replaceSpeakers(task: ReplacementTask, place: ReplacementPlace): Promise<Replacement> {
  const { next } = task.question;
  const done: string[] = [];
  let underWay: SpeakerStep | undefined;
  const begin = (step: SpeakerStep | undefined): void => {
    underWay = step;
  };
  try {
    const earlier = await replaceOnSide(task, place, { done, begin });
    const left = [...task.left, ...(await replaceOnOthers(task, place, done))];
    if (done.length > 0) await assertKept(place);
    const message = [describeDone(done), describeLeft(left)].filter((text) => text !== undefined).join(' ');
    if (earlier.length > 0 && done.length > 0)
      return { kind: 'refused', message: describeEarlier(earlier, next, message) };
    return { kind: 'done', message: message === '' ? undefined : message };
  } catch (thrown) {
    const isAborted = hasAborted(place.stop);
    if (!(thrown instanceof Stopped) && !(thrown instanceof AgentFailure) && !isAborted) throw thrown;
    const why = isAborted ? 'the gate was asked to end' : thrown instanceof Error ? thrown.message : String(thrown);
    return { kind: 'refused', message: describeStop({ next, why, done, underWay }) };
  }
}

interface Progress {
  readonly done: string[];
  /** A step whose pods are about to be deleted; undefined: its new ones are Ready. */
  readonly begin: (step: SpeakerStep | undefined) => void;
}

/** Which sides before this one have outdated pods. @throws AgentFailure, Stopped */
async function replaceOnSide(
  task: ReplacementTask,
  place: ReplacementPlace,
  { done, begin }: Progress,
): Promise<readonly string[]> {
  for (;;) {
    const plan = await waitUntilSettled(task, place);
    const [step] = plan.steps;
    if (!step) return plan.earlier;
    const again = step.nodes.filter((node) => done.includes(node));
    if (again.length > 0) throw new Stopped(`pods of another revision came anew on ${again.join(', ')}`);
    const { isLate } = await assertKept(place);
    // What was planned before is old by then.
    if (isLate) continue;
    await deletePods(step, place, task, {
      untilMs: place.timing.clock.monotonicMs() + patienceMs,
      begin: () => {
        begin(step);
      },
      mayTryAgain: async () => {
        await assertKept(place);
      },
    });
    const missing = await waitForStep(step, task, place, speakerStepSeconds * 1000);
    if (missing.length > 0) throw tooLong(missing);
    begin(undefined);
    done.push(...step.nodes);
    tellReplaced(step, place);
  }
}

/** The plan of a moment when all that is new runs. @throws AgentFailure, Stopped */
async function waitUntilSettled(task: ReplacementTask, place: ReplacementPlace): Promise<SpeakersPlan> {
  const untilMs = place.timing.clock.monotonicMs() + patienceMs;
  const tell = tellWaiting(place);
  for (;;) {
    const plan = await planUntil(untilMs, task, place);
    if (plan.unsettled.length === 0) return plan;
    tell(plan.unsettled);
    if (place.timing.clock.monotonicMs() >= untilMs) throw tooLong(plan.unsettled);
    await waitToAskAgain(place);
  }
}

/** The plan of now, or of when the API server answers again. @throws AgentFailure, Stopped */
async function planUntil(untilMs: number, task: ReplacementTask, place: ReplacementPlace): Promise<SpeakersPlan> {
  const tell = tellWaiting(place);
  for (;;) {
    try {
      return await planNow(task, place);
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure) || place.timing.clock.monotonicMs() >= untilMs) throw thrown;
      tell([thrown.message]);
    }
    await waitToAskAgain(place);
  }
}

/** @throws Stopped */
async function waitToAskAgain({ timing, stop }: ReplacementPlace): Promise<void> {
  if (!hasAborted(stop)) await timing.wait(askAgainMs, stop);
  if (hasAborted(stop)) throw new Stopped('the gate was asked to end');
}

/** One line when what is waited for changes. */
function tellWaiting({ log }: ReplacementPlace): (obstacles: readonly string[]) => void {
  let told = '';
  return (obstacles) => {
    if (obstacles.join('\n') !== told) log.info('gate-waiting', { obstacles });
    told = obstacles.join('\n');
  };
}

async function planNow(
  { question, sight }: ReplacementTask,
  { client, stop }: ReplacementPlace,
): Promise<SpeakersPlan> {
  const now = await seeSpeakers(client, question.wanted, stop);
  const changed = findChangedSets(sight, now.sight);
  if (changed.length > 0) {
    throw new Stopped(`DaemonSet ${changed.join(', ')} was changed meanwhile, as by a newer commit`);
  }
  const plan = planSpeakers(now.sight, question);
  if (plan.obstacles.length > 0) throw new Stopped(`it waits for ${plan.obstacles.join('; ')}`);
  return plan;
}

/** Nodes whose pods are not replaced, since something went wrong: that holds up nobody. @throws AgentFailure, Stopped */
async function replaceOnOthers(
  task: ReplacementTask,
  place: ReplacementPlace,
  done: string[],
): Promise<readonly LeftNode[]> {
  const { clock } = place.timing;
  const untilMs = clock.monotonicMs() + patienceMs;
  const { stepsOfNone } = await planUntil(untilMs, task, place);
  const left: LeftNode[] = [];
  for (const step of stepsOfNone) {
    const why = left.length > 0 ? 'other nodes of no side did not get their new pods' : undefined;
    const missing = why === undefined ? await tryStep(step, untilMs - clock.monotonicMs()) : [why];
    if (missing.length === 0) {
      done.push(...step.nodes);
      tellReplaced(step, place);
    } else left.push(...step.nodes.map((node) => ({ node, why: missing.join('; ') })));
  }
  if (left.length > 0) place.log.warn('speakers-left', { nodes: left });
  return left;

  async function tryStep(step: SpeakerStep, leftMs: number): Promise<readonly string[]> {
    if (leftMs <= 0) return ['the time for nodes of no side is over'];
    try {
      await deletePods(step, place, task, { untilMs });
      return await waitForStep(step, task, place, leftMs);
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure) || hasAborted(place.stop)) throw thrown;
      return [thrown.message];
    }
  }
}

/** `isLate`: the first look came to nothing. @throws Stopped where a client would be without any session, or nobody knows */
async function assertKept(place: ReplacementPlace): Promise<{ readonly isLate: boolean }> {
  const { mayGoOn, timing, stop } = place;
  const untilMs = timing.clock.monotonicMs() + patienceMs;
  const tell = tellWaiting(place);
  for (let isLate = false; ; isLate = true) {
    const look = await mayGoOn(AbortSignal.any([stop, AbortSignal.timeout(timing.lookAgainMs)]));
    if (hasAborted(stop)) throw new Stopped('the gate was asked to end');
    if (look.kind === 'kept') return { isLate };
    const what = `it waits for ${look.lacking.join('; ')}`;
    if (look.kind === 'not-kept') {
      throw new Stopped(`the clients of the side are not all kept by another one any more: ${what}`);
    }
    if (timing.clock.monotonicMs() >= untilMs) {
      throw new Stopped(`nobody can see whether the clients of the side are kept by another one: ${what}`);
    }
    tell(look.lacking);
    await waitToAskAgain(place);
  }
}

/** What is lacking when the time of the step is over; empty: its new pods are Ready. @throws AgentFailure, Stopped */
async function waitForStep(
  step: SpeakerStep,
  { question, sight }: ReplacementTask,
  place: ReplacementPlace,
  mostMs: number,
): Promise<readonly string[]> {
  const { client, timing, stop } = place;
  const startedAtMs = timing.clock.monotonicMs();
  for (;;) {
    let missing: readonly string[];
    try {
      const now = await seeSpeakers(client, question.wanted, stop);
      missing = findNotReplaced(step, now.sight, question.wanted.revision);
      if (missing.length === 0) return [];
      const changed = findChangedSets(sight, now.sight);
      if (changed.length > 0) {
        throw new Stopped(`DaemonSet ${changed.join(', ')} was changed meanwhile, as by a newer commit`);
      }
    } catch (thrown) {
      // The API may be away for a moment: what was deleted comes all the same.
      if (!(thrown instanceof AgentFailure) || hasAborted(stop)) throw thrown;
      missing = [thrown.message];
    }
    if (timing.clock.monotonicMs() - startedAtMs >= mostMs) return missing;
    await waitToAskAgain(place);
  }
}

interface Deletion {
  /** When it gives up an API server that gives no answer. */
  readonly untilMs: number;
  /** A pod may be gone from now on. */
  readonly begin?: () => void;
  /** Asked before each further try of a pod. @throws Stopped */
  readonly mayTryAgain?: () => Promise<void>;
}

/**
 * These very pods: one that has come in the place of one meanwhile stays, so that a deletion whose answer was lost may be asked
 * for again. @throws AgentFailure, Stopped
 */
async function deletePods(
  { pods }: SpeakerStep,
  place: ReplacementPlace,
  { question: { wanted } }: ReplacementTask,
  { untilMs, begin = () => undefined, mayTryAgain = () => Promise.resolve() }: Deletion,
): Promise<void> {
  const tell = tellWaiting(place);
  for (const { name, uid } of pods) {
    const request = {
      method: 'DELETE',
      path: `/api/v1/namespaces/${encodeURIComponent(wanted.namespace)}/pods/${encodeURIComponent(name)}`,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
    } as const;
    for (;;) {
      const passing = await tryToDelete(request, place, begin);
      if (!passing) break;
      if (place.timing.clock.monotonicMs() >= untilMs) throw passing;
      tell([passing.message]);
      await waitToAskAgain(place);
      await mayTryAgain();
    }
  }
}

/** Undefined: it goes, or is gone; else why the same request may succeed a moment later. @throws AgentFailure */
async function tryToDelete(
  request: ExchangeRequest,
  { client, stop }: ReplacementPlace,
  begin: () => void,
): Promise<AgentFailure | undefined> {
  let answer: ExchangeAnswer;
  try {
    answer = await client.exchange(request, stop);
  } catch (thrown) {
    // It may have been done although nobody was told.
    begin();
    if (!(thrown instanceof AgentFailure)) throw thrown;
    return thrown;
  }
  const { status } = answer;
  if ([200, 202, 404, 409].includes(status)) {
    begin();
    return undefined;
  }
  const refusal = refusalOf(request, answer, speakerRights);
  // Too many requests, a token that is read anew, and servers without their store (Kubernetes API conventions, "HTTP Status codes").
  if (status === 401 || status === 429 || status >= 500) return refusal;
  throw refusal;
}

function tellReplaced({ nodes, pods }: SpeakerStep, { log }: ReplacementPlace): void {
  log.info('speakers-replaced', { nodes, pods: pods.map(({ name }: SpeakerPodSight) => name) });
}

function tooLong(missing: readonly string[]): Stopped {
  return new Stopped(`after ${String(speakerStepSeconds)} s it still waits for ${missing.join('; ')}`);
}

function describeDone(done: readonly string[]): string | undefined {
  return done.length === 0
    ? undefined
    : `MetalLB's pods on ${done.join(', ')} were replaced, one node after the other.`;
}

function describeStop({
  next,
  why,
  done,
  underWay,
}: {
  readonly next: string;
  readonly why: string;
  readonly done: readonly string[];
  readonly underWay: SpeakerStep | undefined;
}): string {
  const replaced = done.length === 0 ? 'No node has its new pods' : `Those on ${done.join(', ')} are replaced`;
  const gone =
    underWay && `on ${underWay.nodes.join(', ')} the old pods were deleted and the new ones are not seen Ready`;
  return `MetalLB's pods of side ${next} are not all replaced: ${why}. ${[replaced, ...(gone === undefined ? [] : [gone])].join('; ')}. All others stay as they were, those of other sides too, and no object of side ${next} was changed. The next sync goes on with it.`;
}

/** So that a sync ends well when no side is left behind: the next try begins with that side. */
function describeEarlier(earlier: readonly string[], next: string, message: string): string {
  return `${message} MetalLB's pods of side ${earlier.join(', ')} could not be replaced before, and go now that side ${next} has its new ones: this sync is tried again. No object of side ${next} was changed.`;
}

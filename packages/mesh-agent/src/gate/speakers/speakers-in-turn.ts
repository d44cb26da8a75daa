import { turnBounds, type SpeakersIntent } from '@meshrs/contract';
import {
  newestSpeakerMs,
  planSpeakers,
  type LeftNode,
  type SpeakersPlan,
  type SpeakersSight,
  type SpeakerStep,
} from '@meshrs/gate';
import { hasAborted } from '../../async/pause.ts';
import { AgentFailure } from '../../failure.ts';
import { createAges } from '../time-since-change.ts';
import type { SecondsSince } from '../gate-looks.ts';
import { createImageBringer, type ImageBringer, type LackingImage } from './bring-images.ts';
import { replaceSpeakers, type MayGoOn, type Replacement } from './replace-speakers.ts';
import { seeSpeakers } from './see-speakers.ts';
import { andMore, describeLeft } from './speaker-words.ts';
import type { SpeakersPlace } from './speakers-place.ts';

export interface SpeakersTask {
  readonly next: string;
  /** Of this cluster, in the order in which they go. */
  readonly sides: readonly string[];
  readonly wanted: SpeakersIntent;
  /** Secrets of the route servers' namespace with which nodes pull the images. */
  readonly pullSecrets: readonly string[];
  /** How long it waits for DaemonSets and images. */
  readonly timeoutSeconds: number;
}

/** MetalLB's pods, when all is there that new ones need. */
export interface PreparedSpeakers {
  readonly kind: 'prepared';
  /** Whose pods of a DaemonSet the turn of the side lets go. */
  readonly nodes: readonly string[];
  /** Whether pods of the side are to be replaced. */
  readonly isOutdated: boolean;
  /** By side, how many seconds ago the newest of them on its nodes was made; undefined: there is none. @throws AgentFailure */
  readonly seeNewest: (signal: AbortSignal) => Promise<SecondsSince>;
  /** What the gate is to say where the turn of the side stays closed; undefined: nothing is outdated. */
  readonly left: string | undefined;
  /** Replaces what is outdated. The turn of the side is open. */
  readonly replace: (mayGoOn: MayGoOn) => Promise<Replacement>;
}

const tryAgainMs = 1000;
/** Nodes of no side hold nobody up, by a slow registry neither. */
const imagesOfNoneMs = 60_000;

/**
 * Waits until MetalLB's DaemonSets are as committed, and brings the images of new pods to the nodes of the side, before
 * anything is closed or opened: where that fails, nothing has been touched.
 */
export async function prepareSpeakers(
  task: SpeakersTask,
  place: SpeakersPlace,
): Promise<PreparedSpeakers | Extract<Replacement, { kind: 'refused' }>> {
  const { next, wanted, pullSecrets, timeoutSeconds } = task;
  const { client, log, timing, stop } = place;
  const ending = AbortSignal.any([stop, timing.deadline(timeoutSeconds * 1000)]);
  const bringer = createImageBringer({ ...place, pullSecrets });
  const ages = createAges(timing.clock.monotonicMs);
  let told = '';
  let lacking: readonly string[] = ["MetalLB's DaemonSets: nothing was seen of the cluster"];
  while (!hasAborted(ending)) {
    try {
      const { sight } = await seeSpeakers(client, wanted, ending);
      const plan = planSpeakers(sight, questionOf(task));
      lacking = plan.obstacles;
      if (lacking.length === 0) {
        const images = await bringer.bring(plan.images, nodesOf(plan.steps), ending);
        if (images.length > 0 && hasAborted(stop)) return refused(askedToEnd(next));
        if (images.length > 0) return refused(`${describeImages(images, timeoutSeconds)} ${nothingDeleted(next)}`);
        return prepared(sight, plan, await bringToOthers(bringer, plan, ending));
      }
    } catch (thrown) {
      if (!(thrown instanceof AgentFailure)) throw thrown;
      // The Role may be on its way, as an object of the same commit.
      if (!hasAborted(ending)) lacking = [thrown.message];
    }
    if (lacking.join('\n') !== told) log.info('gate-waiting', { obstacles: lacking });
    told = lacking.join('\n');
    await timing.wait(tryAgainMs, ending);
  }
  if (hasAborted(stop)) return refused(askedToEnd(next));
  return refused(
    `Gate timed out after ${String(timeoutSeconds)} s: it waited for ${lacking.join('; ')}. ${nothingDeleted(next)} Look at MetalLB's Application in Argo CD; this sync is tried again.`,
  );

  function prepared(sight: SpeakersSight, plan: SpeakersPlan, without: readonly LeftNode[]): PreparedSpeakers {
    const left = [...plan.left, ...without];
    const among = new Set(nodesOf([...plan.steps, ...plan.stepsOfNone]));
    for (const { node } of without) among.delete(node);
    if (among.size > 0) log.info('speaker-images', { nodes: [...among], images: plan.images });
    if (left.length > 0) log.warn('speakers-left', { nodes: left });
    const question = { ...questionOf(task), among };
    return {
      kind: 'prepared',
      nodes: plan.nodes,
      isOutdated: plan.steps.length > 0,
      seeNewest: (signal) => seeNewest(wanted, place, { ages, signal }),
      left: describeClosed(plan, left, next),
      replace: (mayGoOn) => replaceSpeakers({ question, sight, left }, { ...place, mayGoOn }),
    };
  }
}

function questionOf({ next, sides, wanted }: SpeakersTask) {
  return { next, sides, wanted, most: turnBounds.nodes };
}

/** Which nodes of no side do not have them. */
async function bringToOthers(
  bringer: ImageBringer,
  { images, stepsOfNone }: SpeakersPlan,
  ending: AbortSignal,
): Promise<readonly LeftNode[]> {
  const nodes = nodesOf(stepsOfNone);
  const inTime = AbortSignal.any([ending, AbortSignal.timeout(imagesOfNoneMs)]);
  try {
    const lacking = await bringer.bring(images, nodes, inTime);
    return lacking.map(({ node, what }) => ({ node, why: what }));
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure) && !hasAborted(inTime)) throw thrown;
    const why = thrown instanceof AgentFailure ? thrown.message : 'its images were not there in time';
    return nodes.map((node) => ({ node, why }));
  }
}

async function seeNewest(
  wanted: SpeakersIntent,
  { client, timing }: SpeakersPlace,
  { ages, signal }: { readonly ages: ReturnType<typeof createAges>; readonly signal: AbortSignal },
): Promise<SecondsSince> {
  const { sight, readAtMs } = await seeSpeakers(client, wanted, signal);
  const seenAtMs = timing.clock.monotonicMs();
  return (side) => {
    const madeAtMs = newestSpeakerMs(sight, side);
    if (madeAtMs === undefined) return undefined;
    // Where the API server does not say what time it is, it may have been made just now.
    const nowMs = readAtMs && timing.apiTimeMs(readAtMs) + timing.clock.monotonicMs() - seenAtMs;
    return ages(side, { changedAtMs: madeAtMs, readAtMs: nowMs }) / 1000;
  };
}

/** What is to be done depends on why a node has no image; that a pull secret is missing, or is a wrong one, Kubernetes does not say. */
function describeImages(lacking: readonly LackingImage[], timeoutSeconds: number): string {
  const seen = lacking.filter(({ kind }) => kind !== 'not-asked');
  const what = `New pods of MetalLB lack ${andMore(seen.map((image) => image.what))}.`;
  return lacking.some(({ kind }) => kind === 'failing')
    ? `${what} Push the image; if its registry wants a pull secret, name it in metallb.chart.values.imagePullSecrets and make it in the namespace of the route servers, too; or commit another metallb.chart.`
    : `${what} After ${String(timeoutSeconds)} s the nodes were still at it: the next sync goes on where they are; a larger gitops.gate.seconds gives them longer.`;
}

function askedToEnd(side: string): string {
  return `The gate was asked to end. ${nothingDeleted(side)}`;
}

function nothingDeleted(side: string): string {
  return `No pod of MetalLB was deleted, and side ${side} was not changed.`;
}

function describeClosed({ steps, stepsOfNone }: SpeakersPlan, left: readonly LeftNode[], side: string) {
  const nodes = nodesOf([...steps, ...stepsOfNone]);
  if (nodes.length === 0) return describeLeft(left);
  return [
    `MetalLB's pods on ${nodes.join(', ')} stay as they were: the turn of side ${side} stays closed, since other sides do not keep all its clients. The next sync that opens it replaces them.`,
    ...(left.length > 0 ? [describeLeft(left)] : []),
  ].join(' ');
}

function nodesOf(steps: readonly SpeakerStep[]): readonly string[] {
  return steps.flatMap(({ nodes }) => nodes);
}

function refused(message: string): { readonly kind: 'refused'; readonly message: string } {
  return { kind: 'refused', message };
}

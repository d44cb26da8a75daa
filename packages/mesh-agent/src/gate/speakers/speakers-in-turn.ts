import { speakerStepSeconds, turnBounds, type SpeakersIntent } from '@meshrs/contract';
import {
  findNotReplaced,
  newestSpeakerMs,
  planSpeakers,
  type SpeakerPodSight,
  type SpeakersPlan,
  type SpeakerStep,
} from '@meshrs/gate';
import { hasAborted } from '../../async/pause.ts';
import { AgentFailure } from '../../failure.ts';
import { refusalOf, type DatedApiClient, type ExchangingApiClient } from '../../sources/kubernetes/api-client.ts';
import type { TurnLog } from '../gate-turn.ts';
import type { GateTiming, SecondsSince } from '../wait-until-open.ts';
import { bringImages, imageRights, type OwnPod } from './bring-images.ts';
import { seePods, seeSpeakers } from './see-speakers.ts';

/** What a Role must give to who replaces MetalLB's pods. */
export const speakerRights = `list nodes, ${imageRights}, and in MetalLB's namespace get the DaemonSets, list and delete pods`;

export interface SpeakersPlace {
  readonly client: DatedApiClient & ExchangingApiClient;
  /** Of the route servers. */
  readonly namespace: string;
  readonly own: OwnPod | undefined;
  readonly log: TurnLog;
  readonly timing: GateTiming;
  /** Whom nobody waits for any longer. */
  readonly stop: AbortSignal;
}

export interface SpeakersTask {
  readonly next: string;
  readonly wanted: SpeakersIntent;
  /** How long it waits for DaemonSets and images. */
  readonly timeoutSeconds: number;
}

/** MetalLB's pods, when all is there that new ones need. */
export interface PreparedSpeakers {
  readonly kind: 'prepared';
  /** Whose pods of a DaemonSet the turn of the side lets go. */
  readonly nodes: readonly string[];
  /** By side, how many seconds ago the newest of them on its nodes was made; undefined: there is none. @throws AgentFailure */
  readonly seeNewest: (signal: AbortSignal) => Promise<SecondsSince>;
  /** What the gate is to say where the turn of the side stays closed; undefined: nothing is outdated. */
  readonly left: string | undefined;
  /** Replaces what is outdated. The turn of the side is open. */
  readonly replace: () => Promise<Replacement>;
}

export type Replacement =
  /** `message`: what was done; undefined: nothing was to be done. */
  | { readonly kind: 'done'; readonly message: string | undefined }
  | { readonly kind: 'refused'; readonly message: string };

const tryAgainMs = 1000;
const askAgainMs = 500;

/**
 * Waits until MetalLB's DaemonSets are as committed, and brings the images of new pods to the nodes of the side, before
 * anything is closed or opened: where that fails, nothing has been touched.
 */
export async function prepareSpeakers(
  task: SpeakersTask,
  place: SpeakersPlace,
): Promise<PreparedSpeakers | Extract<Replacement, { kind: 'refused' }>> {
  const { next, wanted, timeoutSeconds } = task;
  const { client, log, timing, stop } = place;
  const ending = AbortSignal.any([stop, AbortSignal.timeout(timeoutSeconds * 1000)]);
  let told = '';
  let lacking: readonly string[] = ["MetalLB's DaemonSets: nothing was seen of the cluster"];
  while (!hasAborted(ending)) {
    try {
      const { sight } = await seeSpeakers(client, wanted, ending);
      const plan = planSpeakers(sight, { next, wanted, most: turnBounds.nodes });
      lacking = plan.obstacles;
      if (lacking.length === 0) {
        lacking = await bringImages(plan.images, nodesOf(plan), { ...place, ending });
        if (lacking.length > 0) return refused(`${noImages(lacking)} ${nothingDeleted(next)}`);
        if (plan.steps.length > 0) log.info('speaker-images', { nodes: nodesOf(plan), images: plan.images });
        if (plan.left.length > 0) log.warn('speakers-left', { nodes: plan.left, why: 'the node is not Ready' });
        return {
          kind: 'prepared',
          nodes: plan.nodes,
          seeNewest: (signal) => seeNewest(wanted, place, signal),
          left: describeLeft(plan, next),
          replace: () => replaceSpeakers(task, place),
        };
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
  if (hasAborted(stop)) return refused(`The gate was asked to end. ${nothingDeleted(next)}`);
  return refused(
    `Gate timed out after ${String(timeoutSeconds)} s: it waited for ${lacking.join('; ')}. ${nothingDeleted(next)} Look at MetalLB's Application in Argo CD; this sync is tried again.`,
  );
}

async function seeNewest(
  wanted: SpeakersIntent,
  { client, timing }: SpeakersPlace,
  signal: AbortSignal,
): Promise<SecondsSince> {
  const { sight, readAtMs } = await seeSpeakers(client, wanted, signal);
  const seenAtMs = timing.clock.monotonicMs();
  return (side) => {
    const madeAtMs = newestSpeakerMs(sight, side);
    if (madeAtMs === undefined) return undefined;
    // Where the API server does not say what time it is, it may have been made just now.
    const told = readAtMs === undefined ? 0 : timing.apiTimeMs(readAtMs) - madeAtMs;
    return (told + timing.clock.monotonicMs() - seenAtMs) / 1000;
  };
}

function noImages(lacking: readonly string[]): string {
  const more = lacking.length > mostNamed ? `; and ${String(lacking.length - mostNamed)} more` : '';
  return `New pods of MetalLB lack ${lacking.slice(0, mostNamed).join('; ')}${more}. Push the image, or commit another metallb.chart.`;
}

const mostNamed = 3;

function nothingDeleted(side: string): string {
  return `No pod of MetalLB was deleted, and side ${side} was not changed.`;
}

function describeLeft({ steps, left }: SpeakersPlan, side: string): string | undefined {
  const nodes = [...steps.flatMap((step) => step.nodes), ...left];
  if (nodes.length === 0) return undefined;
  return `MetalLB's pods on ${nodes.join(', ')} stay as they were: the turn of side ${side} stays closed. The next sync that opens it replaces them.`;
}

function nodesOf({ steps }: SpeakersPlan): readonly string[] {
  return steps.flatMap(({ nodes }) => nodes);
}

function refused(message: string): { readonly kind: 'refused'; readonly message: string } {
  return { kind: 'refused', message };
}

async function replaceSpeakers({ next, wanted }: SpeakersTask, place: SpeakersPlace): Promise<Replacement> {
  const done: string[] = [];
  const so = (why: string): Replacement =>
    refused(
      `MetalLB's pods of side ${next} are not all replaced: ${why}. ${done.length === 0 ? 'None is' : `Those on ${done.join(', ')} are`}; the rest stays as it was, and so do all other sides. The next sync goes on with it.`,
    );
  try {
    // Pods may have come and gone since the images were brought.
    const { sight } = await seeSpeakers(place.client, wanted, place.stop);
    const { obstacles, steps } = planSpeakers(sight, { next, wanted, most: turnBounds.nodes });
    if (obstacles.length > 0) return so(`somebody changed ${obstacles.join('; ')}`);
    for (const step of steps) {
      const missing = await replaceStep(step, wanted, place);
      if (missing.length > 0)
        return so(`after ${String(speakerStepSeconds)} s it still waits for ${missing.join('; ')}`);
      done.push(...step.nodes);
      place.log.info('speakers-replaced', { nodes: step.nodes, pods: step.pods.map(({ name }) => name) });
    }
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure) && !hasAborted(place.stop)) throw thrown;
    return so(thrown instanceof AgentFailure ? thrown.message : 'the gate was asked to end');
  }
  return {
    kind: 'done',
    message:
      done.length === 0 ? undefined : `MetalLB's pods on ${done.join(', ')} were replaced, one node after the other.`,
  };
}

/** What is lacking when the time of the step is over; empty: its new pods are Ready. @throws AgentFailure */
async function replaceStep(
  step: SpeakerStep,
  { namespace, revision }: SpeakersIntent,
  place: SpeakersPlace,
): Promise<readonly string[]> {
  const { client, timing, stop } = place;
  for (const pod of step.pods) await deletePod(pod, namespace, place);
  const startedAtMs = timing.clock.monotonicMs();
  for (;;) {
    const missing = findNotReplaced(step, { pods: await seePods(client, namespace, stop) }, revision);
    if (missing.length === 0) return [];
    if (timing.clock.monotonicMs() - startedAtMs >= speakerStepSeconds * 1000 || hasAborted(stop)) return missing;
    await timing.wait(askAgainMs, stop);
  }
}

/** This very pod: one that has come in its place meanwhile stays. @throws AgentFailure */
async function deletePod({ name, uid }: SpeakerPodSight, namespace: string, { client, stop }: SpeakersPlace) {
  const request = {
    method: 'DELETE',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`,
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
  } as const;
  const answer = await client.exchange(request, stop);
  if ([200, 202, 404, 409].includes(answer.status)) return;
  throw refusalOf(request, answer, speakerRights);
}

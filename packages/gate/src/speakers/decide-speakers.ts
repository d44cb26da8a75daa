import type { SpeakersIntent } from '@meshrs/contract';

/** A DaemonSet of MetalLB's as the API tells of it. */
export interface SpeakerSetSight {
  readonly name: string;
  /** Undefined while there is no such DaemonSet. */
  readonly found:
    | {
        readonly uid: string;
        /** What its template says that new pods are made of; undefined where it says nothing. */
        readonly revision: string | undefined;
        /** Its controller has seen the newest template: what it makes from now on is of that. */
        readonly isObserved: boolean;
        /** Of all containers of the template, each once. */
        readonly images: readonly SpeakerImage[];
      }
    | undefined;
}

export interface SpeakerImage {
  readonly image: string;
  /** Of Kubernetes' words; undefined: as the kubelet likes. */
  readonly pullPolicy: string | undefined;
}

/** A pod in MetalLB's namespace that a DaemonSet controls. */
export interface SpeakerPodSight {
  readonly name: string;
  readonly uid: string;
  /** Undefined while it has none. */
  readonly node: string | undefined;
  /** Of the DaemonSet that controls it. */
  readonly setUid: string;
  readonly revision: string | undefined;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  /** By the API server's clock, in milliseconds since 1970. */
  readonly createdAtMs: number;
  /** Why a container of it does not run, in the kubelet's words; undefined where it says nothing. */
  readonly why: string | undefined;
}

export interface NodeSight {
  readonly name: string;
  /** By its label; undefined where it bears none. */
  readonly side: string | undefined;
  /** Its kubelet says so. Of another node nobody knows what it runs, and no pod is made anew there. */
  readonly isReady: boolean;
}

export interface SpeakersSight {
  readonly sets: readonly SpeakerSetSight[];
  readonly pods: readonly SpeakerPodSight[];
  readonly nodes: readonly NodeSight[];
}

/** Pods that are deleted together. */
export interface SpeakerStep {
  /** In order; several only where they are of no side. */
  readonly nodes: readonly string[];
  readonly pods: readonly SpeakerPodSight[];
}

export interface SpeakersPlan {
  /** What is lacking until anything may be replaced; empty: nothing. */
  readonly obstacles: readonly string[];
  /** One after the other: first the nodes of no side, which have no client, then node by node those of the side. */
  readonly steps: readonly SpeakerStep[];
  /** Nodes with pods to be replaced that are not Ready: they keep what they have. */
  readonly left: readonly string[];
  /** Whose pods of a DaemonSet the turn of the side lets go. */
  readonly nodes: readonly string[];
  /** What new pods of the steps need on their nodes. */
  readonly images: readonly SpeakerImage[];
}

/** A cluster may have many nodes that are no side's: so many of them are replaced together. */
const mostTogether = 20;

/** Which of MetalLB's pods are replaced in the turn of a side, `next`, and in which steps. `most`: nodes of a turn. */
export function planSpeakers(
  { sets, pods, nodes }: SpeakersSight,
  { next, wanted, most }: { readonly next: string; readonly wanted: SpeakersIntent; readonly most: number },
): SpeakersPlan {
  const obstacles = sets.flatMap((set) => obstacleOf(set, wanted.revision) ?? []);
  const own = new Set(sets.flatMap(({ found }) => found?.uid ?? []));
  const outdated = pods.filter(
    ({ setUid, revision, isTerminating }) => own.has(setUid) && !isTerminating && revision !== wanted.revision,
  );
  const on = (node: string): readonly SpeakerPodSight[] => outdated.filter((pod) => pod.node === node);
  const named = [...nodes].sort((one, other) => (one.name < other.name ? -1 : 1));
  const hasOutdated = ({ name }: NodeSight): boolean => on(name).length > 0;
  const ofSide = named.filter(({ side }) => side === next);
  const ofNone = named.filter((node) => node.side === undefined && hasOutdated(node));
  const turnNodes = [...ofSide, ...ofNone].slice(0, most);
  const toReplace = turnNodes.filter((node) => node.isReady && hasOutdated(node));
  const step = (together: readonly NodeSight[]): SpeakerStep => ({
    nodes: together.map(({ name }) => name),
    pods: together.flatMap(({ name }) => on(name)),
  });
  const steps = [
    ...chunks(
      toReplace.filter(({ side }) => side === undefined),
      mostTogether,
    ).map(step),
    ...toReplace.filter(({ side }) => side === next).map((node) => step([node])),
  ];
  return {
    obstacles,
    steps,
    left: turnNodes.filter((node) => !node.isReady && hasOutdated(node)).map(({ name }) => name),
    nodes: turnNodes.map(({ name }) => name),
    images: imagesOf(sets, steps),
  };
}

function obstacleOf({ name, found }: SpeakerSetSight, wanted: string): string | undefined {
  const ask = "MetalLB's Application brings it";
  if (!found) return `DaemonSet ${name} of MetalLB: it is not there; ${ask}`;
  if (found.revision !== wanted) {
    const has = found.revision === undefined ? 'without a revision' : `at revision ${found.revision}`;
    return `DaemonSet ${name} of MetalLB at revision ${wanted}: it is ${has}; ${ask}`;
  }
  return found.isObserved ? undefined : `the controller of DaemonSet ${name}: it has not seen its newest template yet`;
}

function imagesOf(sets: readonly SpeakerSetSight[], steps: readonly SpeakerStep[]): readonly SpeakerImage[] {
  const replaced = new Set(steps.flatMap(({ pods }) => pods.map(({ setUid }) => setUid)));
  const images = sets.flatMap(({ found }) => (found && replaced.has(found.uid) ? found.images : []));
  return [...new Map(images.map((each) => [`${each.image} ${each.pullPolicy ?? ''}`, each])).values()];
}

/** What is lacking until the new pods of a step are there; empty: they are Ready. */
export function findNotReplaced(
  step: SpeakerStep,
  { pods }: Pick<SpeakersSight, 'pods'>,
  revision: string,
): readonly string[] {
  return step.pods.flatMap(({ name, uid, node, setUid }) => {
    if (pods.some((pod) => pod.uid === uid)) return [`the end of pod ${name} on node ${node ?? '?'}`];
    const fresh = pods.filter((pod) => pod.node === node && pod.setUid === setUid && !pod.isTerminating);
    if (fresh.some((pod) => pod.isReady && pod.revision === revision)) return [];
    const [first] = fresh;
    if (!first) return [`a pod in place of ${name} on node ${node ?? '?'}`];
    if (first.revision !== revision) return [`pod ${first.name} on node ${node ?? '?'}, which is of another revision`];
    return [
      `pod ${first.name} on node ${node ?? '?'}, which is not Ready${first.why === undefined ? '' : ` (${first.why})`}`,
    ];
  });
}

/** When the newest of MetalLB's pods on the nodes of a side was made; undefined: there is none. */
export function newestSpeakerMs({ pods, nodes, sets }: SpeakersSight, side: string): number | undefined {
  const own = new Set(sets.flatMap(({ found }) => found?.uid ?? []));
  const ofSide = new Set(nodes.filter((node) => node.side === side).map(({ name }) => name));
  const made = pods
    .filter(({ setUid, node }) => own.has(setUid) && node !== undefined && ofSide.has(node))
    .map(({ createdAtMs }) => createdAtMs);
  return made.length === 0 ? undefined : made.reduce((one, other) => Math.max(one, other));
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

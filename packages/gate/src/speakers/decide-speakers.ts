import type { SpeakersIntent } from '@meshrs/contract';

/** A DaemonSet of MetalLB's as the API tells of it. */
export interface SpeakerSetSight {
  readonly name: string;
  /** Undefined while there is no such DaemonSet. */
  readonly found:
    | {
        readonly uid: string;
        /** Another number, another specification; undefined where the API does not tell. */
        readonly generation: number | undefined;
        /** What its template says that new pods are made of; undefined where it says nothing. */
        readonly revision: string | undefined;
        /** Its controller has seen the newest template: what it makes from now on is of that. */
        readonly isObserved: boolean;
        /** On how many nodes more than now it is to have a pod, by its controller's words. */
        readonly lackingPods: number;
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
  /** Where it runs, or is to run; undefined while nothing says so. */
  readonly node: string | undefined;
  /** Of the DaemonSet that controls it. */
  readonly setUid: string;
  readonly setName: string;
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
  /** Those that are wanted. */
  readonly sets: readonly SpeakerSetSight[];
  /** Those that must not be there. */
  readonly otherSets: readonly SpeakerSetSight[];
  readonly pods: readonly SpeakerPodSight[];
  readonly nodes: readonly NodeSight[];
}

/** Pods that are deleted together. */
export interface SpeakerStep {
  /** In order; several only where they are of no side. */
  readonly nodes: readonly string[];
  readonly pods: readonly SpeakerPodSight[];
}

export interface LeftNode {
  readonly node: string;
  readonly why: string;
}

export interface SpeakersPlan {
  /** What is lacking until anything may be replaced; empty: nothing. */
  readonly obstacles: readonly string[];
  /**
   * Pods of the wanted revision on nodes of this side and of those before it that do not run: a chart that does not run there
   * is brought to no further node. Empty also where no pod of any side is outdated, since nothing goes on then.
   */
  readonly unsettled: readonly string[];
  /** One after the other, node by node those of the side. */
  readonly steps: readonly SpeakerStep[];
  /** Nodes of no side, which have no client: what goes wrong on them holds nobody up. */
  readonly stepsOfNone: readonly SpeakerStep[];
  /** Nodes with pods to be replaced that keep what they have. */
  readonly left: readonly LeftNode[];
  /** Whose pods of a DaemonSet the turn of the side lets go. */
  readonly nodes: readonly string[];
  /** What new pods of the steps need on their nodes. */
  readonly images: readonly SpeakerImage[];
  /** Sides before this one whose pods are outdated on nodes that are Ready. */
  readonly earlier: readonly string[];
}

export interface SpeakersQuestion {
  readonly next: string;
  /** Of this cluster, in the order in which they go. */
  readonly sides: readonly string[];
  readonly wanted: SpeakersIntent;
  /** So many nodes may a turn name. */
  readonly most: number;
  /** Nodes that may be touched, since they have the images; left out: all. */
  readonly among?: ReadonlySet<string>;
}

/** A cluster may have many nodes that are no side's: so many of them are replaced together. */
const mostTogether = 5;

/** Which of MetalLB's pods are replaced in the turn of a side, `next`, and in which steps. */
export function planSpeakers(sight: SpeakersSight, question: SpeakersQuestion): SpeakersPlan {
  const { sets, pods, nodes } = sight;
  const { next, sides, wanted, most, among } = question;
  const own = new Set(sets.flatMap(({ found }) => found?.uid ?? []));
  const outdated = pods.filter(
    ({ setUid, revision, isTerminating }) => own.has(setUid) && !isTerminating && revision !== wanted.revision,
  );
  const on = (node: string): readonly SpeakerPodSight[] => outdated.filter((pod) => pod.node === node);
  const hasOutdated = ({ name }: NodeSight): boolean => on(name).length > 0;
  const named = [...nodes].sort((one, other) => (one.name < other.name ? -1 : 1));
  const ofSide = named.filter(({ side }) => side === next);
  const ofNone = named.filter((node) => node.side === undefined && hasOutdated(node));
  const turnNodes = [...ofSide, ...ofNone].slice(0, most);
  const mayGo = ({ name, isReady }: NodeSight): boolean => isReady && (among === undefined || among.has(name));
  const toReplace = turnNodes.filter((node) => hasOutdated(node) && mayGo(node));
  const step = (together: readonly NodeSight[]): SpeakerStep => ({
    nodes: together.map(({ name }) => name),
    pods: together.flatMap(({ name }) => on(name)),
  });
  // A node whose pod does not run serves nobody: it loses nothing, and shows first whether the new one runs.
  const isBroken = ({ name }: NodeSight): boolean => on(name).some(({ isReady }) => !isReady);
  const ofSideNow = toReplace.filter(({ side }) => side === next);
  const steps = [...ofSideNow.filter(isBroken), ...ofSideNow.filter((node) => !isBroken(node))].map((node) =>
    step([node]),
  );
  const stepsOfNone = chunks(
    toReplace.filter(({ side }) => side === undefined),
    mostTogether,
  ).map(step);
  const isUnderWay = nodes.some(
    (node) => node.side !== undefined && sides.includes(node.side) && node.isReady && hasOutdated(node),
  );
  const before = sides.slice(0, Math.max(0, sides.indexOf(next)));
  return {
    obstacles: [
      ...sets.flatMap((set) => obstacleOf(set, wanted.revision) ?? []),
      ...obstaclesOfOthers(sight, wanted.absent),
    ],
    unsettled: isUnderWay ? findUnsettled(sight, { own, wanted, sides: [...before, next] }) : [],
    steps,
    stepsOfNone,
    left: named.filter(hasOutdated).flatMap((node) => leftOf(node, { turnNodes, mayGo, question }) ?? []),
    nodes: turnNodes.map(({ name }) => name),
    images: imagesOf(sets, [...steps, ...stepsOfNone]),
    earlier: before.filter((side) => nodes.some((node) => node.side === side && node.isReady && hasOutdated(node))),
  };
}

/** A node with outdated pods that no step takes; undefined: a step does, or it is of another side's turn. */
function leftOf(
  node: NodeSight,
  place: {
    readonly turnNodes: readonly NodeSight[];
    readonly mayGo: (node: NodeSight) => boolean;
    readonly question: SpeakersQuestion;
  },
): LeftNode | undefined {
  const { turnNodes, mayGo, question } = place;
  const { name, side, isReady } = node;
  if (side !== undefined && !question.sides.includes(side)) {
    return { node: name, why: `its label says side ${side}, which is no side of this cluster` };
  }
  if (side !== undefined && side !== question.next) return undefined;
  if (!isReady) return { node: name, why: 'the node is not Ready' };
  if (!turnNodes.includes(node)) return { node: name, why: `a turn names ${String(question.most)} nodes at most` };
  return mayGo(node) ? undefined : { node: name, why: 'it came, or became Ready, after the images were brought' };
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

/** Of another backend: beside new pods of this one, two daemons would dial a router from one address. */
function obstaclesOfOthers({ otherSets, pods }: SpeakersSight, absent: readonly string[]): readonly string[] {
  const there = new Set(otherSets.flatMap(({ name, found }) => (found ? [name] : [])));
  return absent.flatMap((name) => {
    const nodes = pods.filter(({ setName }) => setName === name).map(({ node = '?' }) => node);
    if (!there.has(name) && nodes.length === 0) return [];
    const what = there.has(name) ? `DaemonSet ${name}` : `the pods of DaemonSet ${name} on ${nodes.join(', ')}`;
    return [
      `the end of ${what}, which is of another backend of MetalLB's (docs/operations.md, "Another backend of MetalLB's")`,
    ];
  });
}

/** What is not as it is wanted on nodes that are Ready: a pod on its way out or not Ready, and one that is not made. */
function findUnsettled(
  { sets, pods, nodes }: SpeakersSight,
  about: { readonly own: ReadonlySet<string>; readonly wanted: SpeakersIntent; readonly sides: readonly string[] },
): readonly string[] {
  const { own, wanted, sides } = about;
  const ready = new Set(
    nodes.filter(({ side, isReady }) => isReady && side !== undefined && sides.includes(side)).map(({ name }) => name),
  );
  const ofSides = pods.filter(({ setUid, node }) => own.has(setUid) && node !== undefined && ready.has(node));
  const notReady = ofSides.filter(
    ({ isReady, isTerminating, revision }) => isTerminating || (!isReady && revision === wanted.revision),
  );
  const missing = sets.flatMap(({ name, found }) => {
    if (!found || found.lackingPods <= 0) return [];
    const having = new Set(ofSides.filter(({ setUid }) => setUid === found.uid).map(({ node }) => node));
    return [...ready].filter((node) => !having.has(node)).map((node) => `a pod of DaemonSet ${name} on node ${node}`);
  });
  return [...notReady.map((pod) => (pod.isTerminating ? describeEnd(pod) : describeNotReady(pod))), ...missing];
}

function describeEnd({ name, node }: SpeakerPodSight): string {
  return `the end of pod ${name} on node ${node ?? '?'}`;
}

function describeNotReady({ name, node, why }: SpeakerPodSight): string {
  return `pod ${name} on node ${node ?? '?'}, which is not Ready${why === undefined ? '' : ` (${why})`}`;
}

function imagesOf(sets: readonly SpeakerSetSight[], steps: readonly SpeakerStep[]): readonly SpeakerImage[] {
  const replaced = new Set(steps.flatMap(({ pods }) => pods.map(({ setUid }) => setUid)));
  const images = sets.flatMap(({ found }) => (found && replaced.has(found.uid) ? found.images : []));
  return [...new Map(images.map((each) => [`${each.image} ${each.pullPolicy ?? ''}`, each])).values()];
}

/** Which DaemonSets are others than at an earlier look: new pods would be made of something else than was prepared. */
export function findChangedSets(
  first: Pick<SpeakersSight, 'sets'>,
  { sets }: Pick<SpeakersSight, 'sets'>,
): readonly string[] {
  return sets.flatMap(({ name, found }) => {
    const then = first.sets.find((set) => set.name === name)?.found;
    const isSame =
      found?.uid === then?.uid && found?.generation === then?.generation && found?.revision === then?.revision;
    return isSame ? [] : [name];
  });
}

/** What is lacking until the new pods of a step are there; empty: they are Ready. */
export function findNotReplaced(
  step: SpeakerStep,
  { pods }: Pick<SpeakersSight, 'pods'>,
  revision: string,
): readonly string[] {
  return step.pods.flatMap((old) => {
    const { name, uid, node, setUid } = old;
    if (pods.some((pod) => pod.uid === uid)) return [describeEnd(old)];
    const fresh = pods.filter((pod) => pod.node === node && pod.setUid === setUid && !pod.isTerminating);
    if (fresh.some((pod) => pod.isReady && pod.revision === revision)) return [];
    const [first] = fresh;
    if (!first) return [`a pod in place of ${name} on node ${node ?? '?'}`];
    if (first.revision !== revision) return [`pod ${first.name} on node ${node ?? '?'}, which is of another revision`];
    return [describeNotReady(first)];
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

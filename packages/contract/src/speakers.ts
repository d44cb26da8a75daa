/** MetalLB's pods on the nodes, as a gate knows them: speakers, and what makes their sessions. */
export interface SpeakersIntent {
  /** Where MetalLB is. */
  readonly namespace: string;
  /** Their DaemonSets: the pods of one node are one step, since two daemons must not dial a router from one address. */
  readonly daemonSets: readonly string[];
  /** DaemonSets of MetalLB's other backends: while one of them is there, no pod is replaced. */
  readonly absent: readonly string[];
  /** What the pods are to be made of: each bears it as annotation or label `speakersRevision`. */
  readonly revision: string;
  /** Key of the label by which a node belongs to a side; left out: `labels.side`. By another key every node would be of no side. */
  readonly nodeLabel?: string;
}

/**
 * What MetalLB's pods are made of, as a hash over its chart and values. An annotation of the speakers' pods, a label of those of
 * FRR-K8s (its chart sets no annotations), and an annotation of the settings of each side, so that a commit which changes it
 * is one of the route servers, too, and comes to a side in its turn. It is no part of the side's own revision, so that a gate
 * knows of a side whether anything else of it changes.
 */
export const speakersRevision = 'meshrs.dev/metallb-revision';

/** How long the new pods of one step may take to be Ready: their images are there, and the chart's probes wait 10 s. */
export const speakerStepSeconds = 120;

/** How long, before a step and before the gate passes, other sides may take to keep all clients of this one. */
export const speakerLookSeconds = 30;

const absentMark = '!';

/** "metallb/metallb-speaker,!metallb-frr-k8s@5f2c…", and "#node.cluster.x-k8s.io/side" at its end where nodes have another label. */
export function formatSpeakers({ namespace, daemonSets, absent, revision, nodeLabel }: SpeakersIntent): string {
  const sets = [...daemonSets, ...absent.map((name) => `${absentMark}${name}`)].join(',');
  return `${namespace}/${sets}@${revision}${nodeLabel === undefined ? '' : `#${nodeLabel}`}`;
}

/** Reads what `formatSpeakers` writes; undefined when it is not of that form. */
export function parseSpeakers(text: string): SpeakersIntent | undefined {
  const match = /^(?<namespace>[^/,@!]+)\/(?<sets>[^/@]+)@(?<revision>[^/,@!#]+)(#(?<nodeLabel>[^,@!#]+))?$/.exec(text);
  const { namespace, sets, revision, nodeLabel } = match?.groups ?? {};
  if (namespace === undefined || sets === undefined || revision === undefined) return undefined;
  const names = sets.split(',');
  if (names.some((name) => !/^!?[^!]+$/.test(name))) return undefined;
  const daemonSets = names.filter((name) => !name.startsWith(absentMark));
  if (daemonSets.length === 0) return undefined;
  const absent = names.filter((name) => name.startsWith(absentMark)).map((name) => name.slice(absentMark.length));
  return { namespace, daemonSets, absent, revision, ...(nodeLabel !== undefined && { nodeLabel }) };
}

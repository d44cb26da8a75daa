import type { PodSight } from './see-route-server.ts';

/** A pod with the fleet's label, as Kubernetes tells of it. */
export interface LabelledPod extends Omit<PodSight, 'side' | 'isForeign' | 'podName'> {
  /** The value of its label; undefined where it has none. */
  readonly side: string | undefined;
  /** The StatefulSet that Kubernetes says controls it; undefined: none does, and it comes back from nowhere. */
  readonly statefulSet: string | undefined;
}

/** A pod that is not, or not wholly, a route server of a side of this cluster. */
export type NobodysPod =
  | { readonly name: string; readonly why: 'no-side' }
  | { readonly name: string; readonly why: 'other-side' | 'foreign' | 'mislabelled'; readonly side: string };

export interface PlacedPods {
  readonly pods: readonly PodSight[];
  readonly nobodys: readonly NobodysPod[];
}

/**
 * Which side each pod is of. What a pod bears as a label is data: one that names no side of this cluster is nobody's. One
 * that names a side and is none of its StatefulSets' (by who controls it, and by its name) stands behind the side's VIP, so
 * its clients are in danger with the side; and it keeps none, because nobody keeps it. So it is with one that is a
 * StatefulSet's by either and has lost the label of the side: its sessions outlive the label.
 */
export function placePods(
  pods: readonly LabelledPod[],
  sides: readonly { readonly name: string; readonly statefulSets: readonly string[] }[],
): PlacedPods {
  const placed: PodSight[] = [];
  const nobodys: NobodysPod[] = [];
  for (const pod of pods) {
    const { name } = pod;
    const side = sides.find((each) => each.name === pod.side);
    const { statefulSet, ...rest } = pod;
    if (side) {
      const isForeign = !side.statefulSets.some((set) => statefulSet === set && isReplicaOf(name, set));
      if (isForeign) nobodys.push({ name, why: 'foreign', side: side.name });
      placed.push({ ...rest, side: side.name, podName: name, isForeign });
      continue;
    }
    const made = sides.find(({ statefulSets }) =>
      statefulSets.some((set) => statefulSet === set || isReplicaOf(name, set)),
    );
    if (made) {
      nobodys.push({ name, why: 'mislabelled', side: made.name });
      placed.push({ ...rest, side: made.name, podName: name, isForeign: true });
    } else if (pod.side === undefined || pod.side === '') nobodys.push({ name, why: 'no-side' });
    else nobodys.push({ name, why: 'other-side', side: pod.side });
  }
  return { pods: placed, nobodys };
}

/** "routeserver-a-0" of StatefulSet "routeserver-a" (Kubernetes documentation, "StatefulSets", stable network identity). */
function isReplicaOf(pod: string, statefulSet: string): boolean {
  return pod.startsWith(`${statefulSet}-`) && /^(?:0|[1-9]\d*)$/.test(pod.slice(statefulSet.length + 1));
}

import { changedPaths, describeChanges, sidesWithRouteServers, type BuiltCluster } from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/** A namespace that goes takes everything in it along, what is not in this repository too. */
export function namespaceEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const ofKind = ({ objects }: BuiltCluster) => objects.filter(({ view }) => view.kind === 'Namespace');
  return pairs(ofKind(before), ofKind(after)).flatMap(({ id, before: old, after: next }): Effect[] => {
    const sides = before.workloads.some(({ namespace }) => namespace === old.metadata.name)
      ? sidesWithRouteServers(before)
      : [];
    if (!next) return [{ kind: 'removes', object: id, sides, detail: 'everything in it' }];
    const levels = changedLevels(old.metadata.labels, next.metadata.labels);
    if (levels.length === 0) return [];
    const detail = `${describeChanges(levels)}; pods that run stay, and one that is lost on a side which still has the old pods does not start again`;
    return [{ kind: 'may-reset', object: id, sides, detail }];
  });
}

const enforced = 'pod-security.kubernetes.io/enforce';

/**
 * What pods the namespace takes from then on (Kubernetes documentation, "Pod Security Admission"): it comes at once, before
 * any side's turn. Warnings and audit refuse nothing.
 */
function changedLevels(old: Readonly<Record<string, string>>, next: Readonly<Record<string, string>>) {
  return [enforced, `${enforced}-version`].flatMap((key) => changedPaths(old[key], next[key], key));
}

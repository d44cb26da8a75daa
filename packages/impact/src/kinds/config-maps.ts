import { changedPaths, describeChanges, sideOf, type BuiltCluster } from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/** What Kubernetes lets nobody change once a ConfigMap says so (Kubernetes documentation, "Immutable ConfigMaps"). */
const fixed = ['immutable', 'data', 'binaryData'];

/** A kubelet that has read it does not look again, at one with the same name either (kubelet, `watchBasedManager`; Kubernetes issue 131589). */
const lasting = 'pods that run keep what they have read of it until they are made anew';

/** ConfigMaps that can only be made anew. What a change of settings does to sessions is told elsewhere. */
export function configMapEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const ofKind = ({ objects }: BuiltCluster) => objects.filter(({ view }) => view.kind === 'ConfigMap');
  return pairs(ofKind(before), ofKind(after)).flatMap(({ id, before: old, after: next }): Effect[] => {
    if (!next || old['immutable'] !== true) return [];
    const changes = fixed.flatMap((field) => changedPaths(old[field], next[field], field));
    if (changes.length === 0) return [];
    const detail = `${describeChanges(changes)}; ${lasting}`;
    return [{ kind: 'recreates', object: id, sides: sideOf(old), detail }];
  });
}

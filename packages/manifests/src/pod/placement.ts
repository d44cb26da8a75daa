import { labels } from '@meshrs/contract';
import { wellKnownLabels } from '../kubernetes/well-known-labels.ts';
import type { PodSpec } from '../kubernetes/core-types.ts';

/** Only on nodes of the side, and never two route servers of the fleet on one node. */
export function affinity(
  app: string,
  { nodeLabel, side }: { readonly nodeLabel: string; readonly side: string },
): NonNullable<PodSpec['affinity']> {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: nodeLabel, operator: 'In', values: [side] }] }],
      },
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { [labels.app]: app } }, topologyKey: wellKnownLabels.hostname },
      ],
    },
  };
}

/**
 * Without a time limit: a node that Kubernetes cannot see still forwards, and its sessions are up. Evicting its pod
 * would not move it either, a StatefulSet waits for the node.
 */
export const tolerations: NonNullable<PodSpec['tolerations']> = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
];

import type { BuiltPod } from './workloads.ts';
import type { BuiltCluster } from './read-built.ts';
import type { SelectorView } from './views.ts';

/** Whether a label selector takes these labels (Kubernetes documentation, "Label selectors"). */
export function selects(selector: SelectorView, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
        default:
          return false;
      }
    })
  );
}

/** The pods of a namespace that a selector takes; an empty selector takes all of them. */
export function selectedPods(cluster: BuiltCluster, namespace: string | undefined, selector: SelectorView): BuiltPod[] {
  return cluster.workloads
    .flatMap(({ pods }) => pods)
    .filter((pod) => pod.namespace === (namespace ?? '') && selects(selector, pod.labels));
}

/** The pods behind a Service; one without a selector has none of its own. */
export function podsBehind(
  cluster: BuiltCluster,
  service: {
    readonly metadata: { readonly namespace?: string | undefined };
    readonly spec: { readonly selector: Record<string, string> };
  },
): BuiltPod[] {
  const { selector } = service.spec;
  if (Object.keys(selector).length === 0) return [];
  return selectedPods(cluster, service.metadata.namespace, { matchLabels: selector, matchExpressions: [] });
}

/** Whether a list of node selectors, as MetalLB has them, takes nodes of a side; an empty list takes all nodes. */
export function takesSide(nodeSelectors: readonly SelectorView[], sideLabel: string, side: string): boolean {
  if (nodeSelectors.length === 0) return true;
  return nodeSelectors.some((selector) =>
    selects(
      {
        // Other labels of nodes are not known here, so they are taken for fitting.
        matchLabels: onlyKey(selector.matchLabels, sideLabel),
        matchExpressions: selector.matchExpressions.filter(({ key }) => key === sideLabel),
      },
      { [sideLabel]: side },
    ),
  );
}

function onlyKey(labels: Readonly<Record<string, string>>, key: string): Record<string, string> {
  const value = labels[key];
  return value === undefined ? {} : { [key]: value };
}

import type { BuiltPod } from './workloads.ts';
import type { BuiltCluster } from './read-built.ts';
import { namespaceIn } from './route-server-sets.ts';
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
  const own = namespaceIn(cluster, namespace);
  return cluster.workloads
    .flatMap(({ pods }) => pods)
    .filter((pod) => namespaceIn(cluster, pod.namespace) === own && selects(selector, pod.labels));
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

/**
 * Whether a node may have the labels that both lists of selectors want; an empty list takes all nodes. A node has one value for a
 * label, so that two selectors of different values share none, whichever nodes there are.
 */
export function mayShareNodes(one: readonly SelectorView[], other: readonly SelectorView[]): boolean {
  if (one.length === 0 || other.length === 0) return true;
  return one.some((first) => other.some((second) => isSatisfiable([first, second])));
}

/** Whether any labels fit all of the selectors. */
export function isSatisfiable(selectors: readonly SelectorView[]): boolean {
  const wants = selectors.flatMap(({ matchLabels, matchExpressions }) => [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions,
  ]);
  return [...Map.groupBy(wants, ({ key }) => key).values()].every((ofKey) => {
    const operators = ofKey.map(({ operator }) => operator);
    const lists = ofKey.filter(({ operator }) => operator === 'In').map(({ values }) => values);
    if (operators.includes('DoesNotExist')) return lists.length === 0 && !operators.includes('Exists');
    const [first, ...rest] = lists;
    if (!first) return true;
    const others = ofKey.filter(({ operator }) => operator !== 'In');
    return first.some(
      (value) => rest.every((list) => list.includes(value)) && others.every((other) => fits(value, other)),
    );
  });
}

/** Whether the value of a label fits an expression without a list that it must be in. */
function fits(text: string, { operator, values: [limit, ...rest] }: Expression): boolean {
  switch (operator) {
    case 'NotIn':
      return ![limit, ...rest].includes(text);
    // Of nodes alone (Kubernetes API, "NodeSelectorRequirement").
    case 'Gt':
      return isWhole(text) && Number(text) > Number(limit);
    case 'Lt':
      return isWhole(text) && Number(text) < Number(limit);
    default:
      return true;
  }
}

type Expression = SelectorView['matchExpressions'][number];

function isWhole(text: string): boolean {
  return /^-?\d+$/.test(text);
}

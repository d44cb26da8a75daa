import { labels, roles } from '@meshrs/contract';
import type { Built } from '../../built/built.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { podsBehind, selectedPods, selects } from '../../built/selects.ts';
import type { SelectorView } from '../../built/views.ts';
import type { BuiltPod } from '../../built/workloads.ts';
import { sideLabel, type ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { sortedTexts } from '../../sorted.ts';
import { listed } from '../../words.ts';

export const selectorPods: Rule = {
  id: 'selector-pods',
  title: 'A selector selects other pods than those that it is meant for',
  why: 'A VIP leads to a route server of the other side, or to none; a StatefulSet fights for pods of another workload.',
  isWaivable: true,
  check: (cluster, facts) => [
    ...selections(cluster).flatMap((selection) => compareWithIntent(selection, facts)),
    ...workloadSelectors(cluster, facts),
    ...loadBalancersOverSides(cluster, facts),
  ],
};

interface Selection {
  readonly id: string;
  readonly kind: 'Service' | 'PodDisruptionBudget' | 'NetworkPolicy';
  readonly pods: readonly BuiltPod[];
  readonly selector: SelectorView;
}

/** Every object that selects pods, with the pods that it selects. In namespaces without a workload nothing is known. */
function selections(cluster: BuiltCluster): Selection[] {
  const { services, budgets, networkPolicies, workloads } = cluster;
  const known = new Set(workloads.map(({ namespace }) => namespace));
  const isKnown = ({ view }: Built<{ metadata: { namespace?: string | undefined } }>): boolean =>
    known.has(view.metadata.namespace ?? '');
  const select = (namespace: string | undefined, selector: SelectorView): BuiltPod[] =>
    selectedPods(cluster, namespace, selector);
  return [
    ...services
      .filter((service) => isKnown(service) && Object.keys(service.view.spec.selector).length > 0)
      .map(({ id, view }): Selection => ({
        id,
        kind: 'Service',
        pods: podsBehind(cluster, view),
        selector: { matchLabels: view.spec.selector, matchExpressions: [] },
      })),
    ...budgets.filter(isKnown).map(({ id, view: { metadata, spec } }): Selection => ({
      id,
      kind: 'PodDisruptionBudget',
      pods: spec.selector ? select(metadata.namespace, spec.selector) : [],
      selector: spec.selector ?? { matchLabels: {}, matchExpressions: [] },
    })),
    ...networkPolicies.filter(isKnown).map(({ id, view: { metadata, spec } }): Selection => ({
      id,
      kind: 'NetworkPolicy',
      pods: select(metadata.namespace, spec.podSelector),
      selector: spec.podSelector,
    })),
  ];
}

/** Generated objects must select what the topology says; a user's at least one pod. */
function compareWithIntent(
  { id: object, kind, pods, selector }: Selection,
  { selectedPods: intents, app, generated }: ClusterFacts,
): RuleFinding[] {
  const seen = sortedTexts(pods.map(({ name }) => name));
  const intent = intents[object];
  const isOfRouteServers = selector.matchLabels[labels.app] === app;
  if (intent === undefined) {
    // A policy adds up with the gates' own; nothing else is meant for a pod that asks and ends.
    const gates = kind === 'NetworkPolicy' ? [] : pods.filter((pod) => pod.labels[labels.role] === roles.gate);
    if (gates.length > 0) {
      return [
        {
          object,
          message: 'The selector selects gates, which are not route servers.',
          seen: listed(gates.map(({ name }) => name)),
          allowed: `pods without ${labels.role}`,
          hint: `add a label of the route servers to its selector, ${labels.app} for example`,
        },
      ];
    }
    // Pods of other applications stand in no build of this repository.
    if (seen.length > 0 || !isOfRouteServers) return [];
    const hint = 'correct the selector or the labels of the pods';
    return [{ object, message: 'The selector selects no pod.', seen: 'none', allowed: 'at least one pod', hint }];
  }
  const wanted = sortedTexts(intent);
  if (wanted.join() === seen.join()) return [];
  const undeclared = pods.filter(({ owner, name }) => !generated.includes(owner) && !wanted.includes(name));
  // Whoever added the pods is to blame, and nobody else when all that is meant is there.
  if (undeclared.length > 0 && wanted.every((name) => seen.includes(name))) {
    return undeclared.map(({ owner, name }): RuleFinding => ({
      object: owner,
      isFinal: true,
      message: `${object} selects its pods, and is meant for route servers alone.`,
      seen: name,
      allowed: listed(wanted),
      hint: `give its pods another label "${labels.app}"`,
    }));
  }
  return [
    {
      object,
      isFinal: true,
      message: 'The selector does not select exactly the pods that the topology gives it.',
      seen: listed(seen),
      allowed: listed(wanted),
      hint: 'remove the patch in overlays/<cluster>/custom that changes the selector or the labels of the pods',
    },
  ];
}

/** A workload selects its own pods and no other's. */
function workloadSelectors({ workloads }: BuiltCluster, facts: ClusterFacts): RuleFinding[] {
  return workloads.flatMap(({ id, namespace, selector, template, kind }): RuleFinding[] => {
    if (!selector) return [];
    const others = workloads.filter(
      (other) => other.id !== id && other.namespace === namespace && selects(selector, other.template.metadata.labels),
    );
    if (!selects(selector, template.metadata.labels)) {
      return [
        {
          object: id,
          message: `The selector of the ${kind} does not select its own pods.`,
          allowed: listed(Object.entries(template.metadata.labels).map(([key, value]) => `${key}=${value}`)),
          hint: 'make spec.selector and the labels of spec.template equal',
        },
      ];
    }
    return others.map((other) => ({
      object: id,
      message: `The selector of the ${kind} selects the pods of ${other.id} too.`,
      seen: other.id,
      allowed: Object.hasOwn(facts.selectedPods, id) ? 'its own pods' : 'a label that no other workload has',
      hint: 'add a label to its selector and its pods that tells them apart',
    }));
  });
}

/** One address for route servers of two sides would join what must fail apart. */
function loadBalancersOverSides(cluster: BuiltCluster, facts: ClusterFacts): RuleFinding[] {
  return cluster.services.flatMap(({ id, view }): RuleFinding[] => {
    if (view.spec.type !== 'LoadBalancer' || Object.hasOwn(facts.selectedPods, id)) return [];
    const names = podsBehind(cluster, view).flatMap(({ labels }) => labels[sideLabel] ?? []);
    const sides = [...new Set(names)];
    if (sides.length < 2) return [];
    return [
      {
        object: id,
        isFinal: true,
        message: `The Service gives one address to route servers of ${String(sides.length)} sides.`,
        seen: listed(sortedTexts(sides)),
        allowed: 'pods of one side',
        hint: `add ${sideLabel} to its selector`,
      },
    ];
  });
}

import { labels } from '@meshrs/contract';
import type { BuiltPod, Workload } from '../../built/workloads.ts';
import { selects } from '../../built/selects.ts';
import { wellKnownLabels } from '../../kubernetes/well-known-labels.ts';
import { sideLabel, type ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const sideAffinity: Rule = {
  id: 'side-affinity',
  title: 'A route server may run on nodes of another side, or on one node with another route server',
  why: 'Nodes of the other side would announce its VIP, and the loss of one node would end both sides.',
  isWaivable: false,
  check: ({ workloads }, facts) => {
    const routeServers = workloads
      .filter((each) => template(each)[labels.app] === facts.app)
      .flatMap(({ pods }) => pods);
    // Other programs may have a label of this name, and mean what they like by it.
    return workloads
      .filter((each) => each.namespace === facts.namespace && template(each)[labels.app] === facts.app)
      .filter((each) => template(each)[sideLabel] !== undefined)
      .flatMap((workload) => [
        ...wrongSide(workload, facts),
        ...withoutNodeAffinity(workload, facts),
        ...withoutAntiAffinity(workload, routeServers),
      ]);
  },
};

function template(workload: Workload): Readonly<Record<string, string>> {
  return workload.template.metadata.labels;
}

function wrongSide(workload: Workload, { routeServers }: ClusterFacts): RuleFinding[] {
  const meant = routeServers.find(({ statefulSet }) => statefulSet === workload.name)?.side;
  const side = template(workload)[sideLabel];
  if (meant === undefined || workload.kind !== 'StatefulSet' || side === meant) return [];
  return [
    {
      object: workload.id,
      message: `The pods carry the label of side ${side ?? ''}, but the topology puts them on side ${meant}.`,
      seen: `${sideLabel}=${side ?? ''}`,
      allowed: `${sideLabel}=${meant}`,
      hint: 'remove the patch in overlays/<cluster>/custom that changes the label',
    },
  ];
}

function withoutNodeAffinity(workload: Workload, { nodeLabel }: ClusterFacts): RuleFinding[] {
  const side = template(workload)[sideLabel] ?? '';
  const terms =
    workload.template.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ??
    [];
  // One term is enough for the scheduler, so each must name the side, and that side alone.
  const isBound = terms.every(({ matchExpressions }) =>
    matchExpressions.some(
      ({ key, operator, values }) =>
        key === nodeLabel && operator === 'In' && values.length === 1 && values[0] === side,
    ),
  );
  if (terms.length > 0 && isBound) return [];
  return [
    {
      object: workload.id,
      message: `The pods carry the label of side ${side}, but no required node affinity keeps them on nodes of that side.`,
      seen: listed(
        terms.flatMap(({ matchExpressions }) =>
          matchExpressions.map(({ key, operator, values }) => `${key} ${operator} ${values.join('|')}`),
        ),
      ),
      allowed: `${nodeLabel} In ${side} in each term of requiredDuringSchedulingIgnoredDuringExecution`,
      hint: 'restore the node affinity',
    },
  ];
}

/** By these a term looks at fewer pods than its selector takes (Kubernetes API, "PodAffinityTerm"). */
const narrowing = ['namespaces', 'namespaceSelector', 'matchLabelKeys', 'mismatchLabelKeys'];

function withoutAntiAffinity(workload: Workload, routeServers: readonly BuiltPod[]): RuleFinding[] {
  const terms = workload.template.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const app = template(workload)[labels.app] ?? '';
  // Tried with each route server, and with a pod that shares nothing but the label "app".
  const others = [...routeServers.map((pod) => pod.labels), { [labels.app]: app }];
  const isApart = terms.some(
    ({ topologyKey, labelSelector, ...fields }) =>
      topologyKey === wellKnownLabels.hostname &&
      narrowing.every((key) => fields[key] === undefined) &&
      labelSelector !== undefined &&
      others.every((each) => selects(labelSelector, each)),
  );
  if (isApart) return [];
  return [
    {
      object: workload.id,
      message: 'No required anti-affinity keeps the pods and those of other route servers on different nodes.',
      seen: listed(terms.map(({ topologyKey }) => topologyKey)),
      allowed: `${labels.app}=${app} per ${wellKnownLabels.hostname}`,
      hint: 'restore the pod anti-affinity',
    },
  ];
}

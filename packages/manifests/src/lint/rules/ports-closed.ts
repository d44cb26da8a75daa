import { labels } from '@meshrs/contract';
import { selectedPods } from '../../built/selects.ts';
import { opened, type Direction } from '../meaning/network-rules.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const portsClosed: Rule = {
  id: 'ports-closed',
  title: "A NetworkPolicy of the user's opens a port of the route servers",
  why: 'Policies add up: whoever it lets in reaches BGP, the management of the engine or the probes of the kubelet, whatever the generated policies say.',
  isWaivable: true,
  check: (cluster, { generated, namespace, app }) =>
    cluster.networkPolicies
      .filter(({ id, view: { metadata, spec } }) => {
        if (generated.includes(id) || metadata.namespace !== namespace) return false;
        return selectedPods(cluster, namespace, spec.podSelector).some((pod) => pod.labels[labels.app] === app);
      })
      .flatMap(({ id: object, view: { spec } }) =>
        (['ingress', 'egress'] as const)
          .filter((direction) => isMeant(direction, spec.policyTypes))
          .flatMap((direction): RuleFinding[] => {
            const found = [...new Set(spec[direction].flatMap((rule) => opened(rule, direction)))];
            return found.length === 0 ? [] : [finding(object, direction, found)];
          }),
      ),
};

/** Kubernetes API, "NetworkPolicySpec": without a list each direction of which there is a rule. */
function isMeant(direction: Direction, policyTypes: readonly string[]): boolean {
  return policyTypes.length === 0 || policyTypes.some((type) => type.toLowerCase() === direction);
}

function finding(object: string, direction: Direction, found: readonly string[]): RuleFinding {
  const which = found.includes('all') ? 'every port' : `port${found.length > 1 ? 's' : ''} ${listed(found)}`;
  return {
    object,
    message:
      direction === 'ingress'
        ? `The NetworkPolicy lets others reach ${which} of the route servers.`
        : `The NetworkPolicy lets the route servers reach ${which} of others.`,
    seen: listed(found),
    allowed:
      direction === 'ingress'
        ? 'port 8179, and ports of containers of your own'
        : 'ports without 179, by which a route server opens sessions',
    hint: 'name the ports that are meant in spec.ingress and spec.egress, or select other pods in spec.podSelector',
  };
}

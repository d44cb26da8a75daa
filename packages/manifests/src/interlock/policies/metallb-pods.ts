import { addedAccount, answersForFleet, inCharge, isInstaller, mayOpen } from '../authority.ts';
import { celAll, celAny, celText } from '../cel.ts';
import { core, creationPolicy, written } from '../creation-policy.ts';
import { serviceAccount, type GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import { byHand, cel, sentence } from '../messages.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import { asker, comesFromPod, controllers, isKubelet, username } from '../requests.ts';

/**
 * Who carries out what a template says that was let through, or runs what a node's own files name. By the account of an added cluster Argo CD
 * applies what any of its Applications brings: that one answers as every commit does.
 */
const isOfCluster = celAny([
  `${username} == ${celText(controllers.shared)}`,
  celAll([
    `${username}.startsWith(${celText(serviceAccount('kube-system', ''))})`,
    `!${username}.startsWith(${celText(serviceAccount('kube-system', addedAccount))})`,
  ]),
  isKubelet,
]);

/**
 * A pod of MetalLB's namespace may be a speaker: by its account it writes what frr-k8s makes of a node, and it has the network of its node and
 * may do there what it likes, since the namespace enforces nothing of its pods. So who makes pods there, or changes what makes them,
 * answers for the fleet as well; where others install MetalLB, who installs it does, an operator in that namespace too.
 */
export function metallbPodPolicy(fleet: GuardedFleet): PolicyIntent {
  const { turn, metallbNamespace, speakers } = fleet;
  const isOfThisNamespace = celAll([`${username}.startsWith(${celText(speakers.prefix)})`, comesFromPod]);
  const makers = speakers.name === undefined ? [isInstaller(fleet), isOfThisNamespace] : [answersForFleet(fleet)];
  const who =
    speakers.name === undefined
      ? `Who has the right to patch the turn ${turn}, but for Argo CD's server, and programs of this namespace, from their pods`
      : inCharge(fleet);
  const workloads = (apiGroup: string, ...resources: readonly string[]): ResourceRule => ({
    ...{ apiGroups: [apiGroup], apiVersions: ['*'], resources, operations: written },
  });
  return creationPolicy(fleet, {
    id: 'metallb-pods',
    namespace: metallbNamespace,
    rules: [
      core('pods'),
      { ...core('pods/ephemeralcontainers'), operations: ['UPDATE'] },
      workloads('apps', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'),
      workloads('batch', 'cronjobs', 'jobs'),
      workloads('', 'replicationcontrollers'),
    ],
    conditions: { 'not-of-the-cluster': `!(${isOfCluster})` },
    isRefused: `!(${celAny(makers)})`,
    wasThere: same('spec'),
    why: `runs in MetalLB's namespace ${metallbNamespace}, where a pod may have the network of its node and act as a speaker. ${who}, make and change pods there. Run it in another namespace.`,
  });
}

/** A token that is bound to a pod is accepted as that pod: kubelets alone take one. */
export function speakerTokenPolicy(fleet: GuardedFleet): PolicyIntent {
  const { metallbNamespace, speakers } = fleet;
  const isBound = "object.?spec.?boundObjectRef.?kind.orValue('') == 'Pod'";
  return creationPolicy(fleet, {
    id: 'speaker-tokens',
    namespace: metallbNamespace,
    rules: [{ ...core('serviceaccounts/token'), operations: ['CREATE'] }],
    conditions: {
      'of-a-speaker': celAny([
        isBound,
        ...(speakers.name === undefined ? [] : [`has(request.name) && request.name == ${celText(speakers.name)}`]),
      ]),
      'no-kubelet': `!(${isKubelet})`,
    },
    isRefused: 'true',
    name: "(has(request.name) ? request.name : '')",
    why: `would be a pod of MetalLB's for whoever has it. Kubelets alone take such a token, for the pods of their node. Act under your own name: open a side by hand (${byHand}), or take a token of an account in another namespace.`,
  });
}

/** In a speaker's container lie its token and the network of its node, and so they do behind a port of it. */
export function insideMetallbPolicy(fleet: GuardedFleet): PolicyIntent {
  const { turn, metallbNamespace } = fleet;
  const name = "(has(request.name) ? request.name : '')";
  return {
    ...{ id: 'inside-metallb', turn, namespace: metallbNamespace, withoutTurn: 'unused', variables: [] },
    rules: [
      {
        ...{ apiGroups: [''], apiVersions: ['*'], operations: ['CONNECT'] },
        resources: ['pods/exec', 'pods/attach', 'pods/portforward'],
      },
    ],
    conditions: {},
    validations: [
      {
        expression: mayOpen(fleet),
        message: sentence(
          'Pod ',
          cel(name),
          ` of MetalLB cannot be entered by `,
          cel(asker),
          `: inside of it anybody could end the sessions of its node. Persons with the right to patch the turn ${turn} may enter it. Read its log (kubectl logs), or ask one of them.`,
        ),
        plainMessage:
          'This pod is a part of MetalLB: only a person with the right to patch the turn of the fleet may enter it. Read its log.',
      },
    ],
  };
}

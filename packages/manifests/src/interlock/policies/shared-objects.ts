import { celAll, celAny, celList, celText } from '../cel.ts';
import type { GuardedFleet } from '../fleet.ts';
import { same } from '../free-changes.ts';
import type { PolicyIntent, ResourceRule } from '../policy.ts';
import { isCommit, isInstaller } from '../authority.ts';
import { apiserver, comesFromPod, isPerson, isServiceAccount, oldName, username } from '../requests.ts';
import { partOf } from '../../metadata.ts';
import { sharedPolicy } from '../shared-policy.ts';
import type { Namespace, Service } from '../../kubernetes/core-types.ts';

const core = (resource: string, operations: ResourceRule['operations'] = ['UPDATE', 'DELETE']): ResourceRule => ({
  apiGroups: [''],
  apiVersions: ['*'],
  resources: [resource],
  operations,
});

/**
 * By the mesh Service the route servers find each other: it may find more of them, never fewer. As another kind of Service it has no
 * endpoints at all ("ExternalName": the cluster's DNS answers with another name), and with an address of the cluster DNS answers with that.
 */
export function meshServicePolicy(fleet: GuardedFleet, service: Service): PolicyIntent {
  const families = '?spec.?ipFamilies.orValue([])';
  const port = ['port', 'protocol', 'name', 'targetPort'].map((field) => `n.?${field} == o.?${field}`).join(' && ');
  return sharedPolicy(fleet, {
    id: 'mesh-service',
    what: "'Service'",
    namespace: fleet.namespace,
    // A status is written with metadata, too.
    rules: [core('services'), core('services/status', ['UPDATE'])],
    names: [service.metadata.name],
    free: [
      ...['selector', 'publishNotReadyAddresses', 'type', 'clusterIP', 'externalName'].map((field) =>
        same('spec', field),
      ),
      `oldObject.${families}.all(f, f in object.${families})`,
      `oldObject.spec.?ports.orValue([]).all(o, object.spec.?ports.orValue([]).exists(n, ${port}))`,
    ],
  });
}

/*
 * What a commit of the fleet's may change at any time (`isCommit`), and nobody by hand: no gate opens what all sides share, and it counts for
 * pods that are made afterwards or ends no session. Agents without a right keep the peers that they know; a gate without one does not
 * pass.
 */

/** Who may ask the API for what: rights may be added at any time; a person takes none. */
export function rolePolicy(fleet: GuardedFleet, roles: readonly string[]): PolicyIntent {
  return sharedPolicy(fleet, {
    id: 'roles',
    byCommit: true,
    what: "'Role'",
    namespace: fleet.namespace,
    rules: [rbac('roles')],
    names: roles,
    free: [
      celAny([
        isCommit(fleet),
        'oldObject.?rules.orValue([]).all(o, object.?rules.orValue([]).exists(n, ' +
          'o.?apiGroups.orValue([]).all(g, g in n.?apiGroups.orValue([])) && ' +
          'o.?resources.orValue([]).all(r, r in n.?resources.orValue([])) && ' +
          'o.verbs.all(v, v in n.verbs)))',
      ]),
    ],
  });
}

export function roleBindingPolicy(fleet: GuardedFleet, bindings: readonly string[]): PolicyIntent {
  return sharedPolicy(fleet, {
    id: 'role-bindings',
    byCommit: true,
    what: "'RoleBinding'",
    namespace: fleet.namespace,
    rules: [rbac('rolebindings')],
    names: bindings,
    free: [
      celAny([
        isCommit(fleet),
        'oldObject.?subjects.orValue([]).all(o, object.?subjects.orValue([]).exists(n, ' +
          'n.kind == o.kind && n.name == o.name && n.?namespace == o.?namespace))',
      ]),
    ],
  });
}

/**
 * Without its account no pod of the fleet starts; what else stands in it counts for those that are made later. Programs may add secrets: OpenShift adds one for
 * its own registry to every account (openshift-controller-manager, pkg/serviceaccounts).
 */
export function accountPolicy(fleet: GuardedFleet, accounts: readonly string[]): PolicyIntent {
  const added = ['secrets', 'imagePullSecrets'].map((field) =>
    celAny([same(field), celAll([`!(${isPerson})`, keepsAll(field)])]),
  );
  return sharedPolicy(fleet, {
    id: 'accounts',
    byCommit: true,
    what: "'ServiceAccount'",
    namespace: fleet.namespace,
    rules: [core('serviceaccounts')],
    names: accounts,
    free: [celAny([isCommit(fleet), celAll([...added, same('automountServiceAccountToken')])])],
  });
}

/** CEL: whether a list of the object has all that it had. */
function keepsAll(...path: readonly string[]): string {
  const [now, old] = ['object', 'oldObject'].map(
    (object) => `${object}${path.map((name) => `.?${name}`).join('')}.orValue([])`,
  );
  return `${old ?? ''}.all(o, o in ${now ?? ''})`;
}

/**
 * What all agents read of the fleet, while they run: who is in it, and which clients need not be there. It follows a commit at any
 * time, and an agent that reads another one asks anew; by hand all clients could be named at once, and neither side would wait for one
 * any more. What says that it never changes again no commit can fix, nor may anybody delete it.
 */
export function fleetConfigPolicy(fleet: GuardedFleet): PolicyIntent {
  return sharedPolicy(fleet, {
    id: 'fleet',
    byCommit: true,
    what: "'ConfigMap'",
    namespace: fleet.namespace,
    rules: [core('configmaps')],
    names: [fleet.fleetConfigMap],
    free: [
      celAny([isCommit(fleet), celAll([same('data'), same('binaryData')])]),
      `!object.?immutable.orValue(false) || oldObject.?immutable.orValue(false)`,
    ],
  });
}

/**
 * Fields of a pod that its DaemonSet's controller reads when it makes one, and not before: with OnDelete they count when a pod is made
 * anew. It is a list of what is free: by any other the controller could find that a pod is on the wrong node, and it deletes those
 * of all nodes at once (Kubernetes, pkg/controller/daemon, NodeShouldRunDaemonPod).
 */
const readByPodsAlone = [
  'automountServiceAccountToken',
  'containers',
  'dnsConfig',
  'dnsPolicy',
  'enableServiceLinks',
  'hostAliases',
  'hostIPC',
  'hostPID',
  'imagePullSecrets',
  'initContainers',
  'priority',
  'priorityClassName',
  'securityContext',
  'serviceAccount',
  'serviceAccountName',
  'shareProcessNamespace',
  'terminationGracePeriodSeconds',
  'volumes',
];

/** All fields of a pod's spec that every supported Kubernetes knows; CEL has no "all but these". */
const fieldsOfPods = [
  ...readByPodsAlone,
  'activeDeadlineSeconds',
  'affinity',
  'ephemeralContainers',
  'hostNetwork',
  'hostUsers',
  'hostname',
  'nodeName',
  'nodeSelector',
  'os',
  'overhead',
  'preemptionPolicy',
  'readinessGates',
  'resourceClaims',
  'restartPolicy',
  'runtimeClassName',
  'schedulerName',
  'schedulingGates',
  'setHostnameAsFQDN',
  'subdomain',
  'tolerations',
  'topologySpreadConstraints',
];

/**
 * MetalLB's speakers, on the nodes of all sides. OnDelete holds a new template back, but not a change of the nodes on which
 * there is a speaker.
 */
export function daemonSetPolicy(fleet: GuardedFleet): PolicyIntent {
  const kept = fieldsOfPods
    .filter((field) => field !== 'tolerations' && !readByPodsAlone.includes(field))
    .map((field) => same('spec', 'template', 'spec', field));
  return sharedPolicy(fleet, {
    id: 'daemon-sets',
    what: "'DaemonSet'",
    namespace: fleet.metallbNamespace,
    rules: [
      {
        apiGroups: ['apps'],
        apiVersions: ['*'],
        resources: ['daemonsets', 'daemonsets/status'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    free: [
      celAny([
        same('spec'),
        celAll([
          same('spec', 'selector'),
          same('spec', 'updateStrategy'),
          "object.spec.?updateStrategy.?type.orValue('') == 'OnDelete'",
          // By one more it has pods on more nodes, and none of them goes.
          keepsAll('spec', 'template', 'spec', 'tolerations'),
          ...kept,
        ]),
      ]),
    ],
  });
}

/** The sessions of all nodes with the routers, where they are of no side (`peerScope: global`). */
export function sharedPeerPolicy(
  fleet: GuardedFleet,
  peers: readonly string[],
  profiles: readonly string[],
): PolicyIntent {
  return sharedPolicy(fleet, {
    id: 'shared-peers',
    what: 'request.kind.kind',
    namespace: fleet.metallbNamespace,
    rules: [
      {
        apiGroups: ['metallb.io'],
        apiVersions: ['*'],
        resources: ['bgppeers', 'bfdprofiles'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    conditions: {
      guarded: celAny([
        `request.resource.resource == 'bgppeers' && ${oldName} in ${celList(peers)}`,
        `request.resource.resource == 'bfdprofiles' && ${oldName} in ${celList(profiles)}`,
      ]),
    },
    free: [same('spec')],
  });
}

/**
 * Both namespaces: their end, and what their pods may be. No level but the one that the commit gives the fleet's own namespace is free to a commit:
 * Argo CD marks no namespace that it makes for an Application, so that any of them could give MetalLB's another
 * (argo-cd, controller/sync_namespace.go).
 */
export function namespacePolicy(fleet: GuardedFleet, namespace: Namespace): PolicyIntent {
  const keys = ['enforce', 'enforce-version'].map((mode) => `pod-security.kubernetes.io/${mode}`);
  const label = (object: string, key: string): string => `${object}.metadata.?labels[?${celText(key)}]`;
  const isKept = celAll(keys.map((key) => `${label('object', key)} == ${label('oldObject', key)}`));
  const isCommitted = celAll([
    isCommit(fleet),
    `${oldName} == ${celText(namespace.metadata.name)}`,
    ...keys.map((key) => `${label('object', key)}.orValue('') == ${celText(namespace.metadata.labels?.[key] ?? '')}`),
  ]);
  const isFree = `${label('object', keys[0] ?? '')}.orValue('privileged') == 'privileged'`;
  return sharedPolicy(fleet, {
    id: 'namespaces',
    byCommit: true,
    what: "'Namespace'",
    rules: [core('namespaces'), core('namespaces/status', ['UPDATE']), core('namespaces/finalize', ['UPDATE'])],
    names: [fleet.namespace, fleet.metallbNamespace],
    // The rules match every namespace of the cluster.
    withoutTurn: 'Allow',
    free: [
      // In one that says that it ends no pod can be made.
      same('status'),
      celAny([isCommitted, isKept, isFree]),
    ],
  });
}

/**
 * The end of a definition is the end of all objects of its kind, and so is a status by which it is served no more. Another schema
 * takes fields away of what is written next, or lets pass what the turn's own rules refuse; another version or conversion, and nobody reads
 * what is stored. A commit brings them, with the program that reads them, and nobody by hand; of a MetalLB that others install, who
 * installs it. MetalLB's controller writes the certificate of its conversions, and where others install it, so may cert-manager or OpenShift.
 * The API server itself adds a version that is stored from now on to those that are, in the same request
 * (apiextensions-apiserver, pkg/registry/customresourcedefinition/strategy.go).
 */
export function definitionPolicy(fleet: GuardedFleet): PolicyIntent {
  const isTurns = `${oldName}.endsWith('.meshrs.dev')`;
  // Argo CD marks no definition with its Application: one of another that has none of the turn's rules is not taken for ours.
  const isMeshrs = celAll(
    Object.entries(partOf).map(
      ([key, value]) => `object.metadata.?labels[?${celText(key)}].orValue('') == ${celText(value)}`,
    ),
  );
  return sharedPolicy(fleet, {
    id: 'definitions',
    byCommit: true,
    what: "'CustomResourceDefinition'",
    rules: [
      {
        apiGroups: ['apiextensions.k8s.io'],
        apiVersions: ['*'],
        resources: ['customresourcedefinitions', 'customresourcedefinitions/status'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    conditions: {
      guarded: celAny([`${oldName}.endsWith('.metallb.io')`, isTurns]),
      // It says of each that it is served.
      'not-the-api-server': `${username} != ${celText(apiserver)}`,
    },
    withoutTurn: 'Allow',
    free: [
      'oldObject.spec.versions.all(o, !o.served || object.spec.versions.exists(n, n.name == o.name && n.served))',
      celAny([
        same('spec'),
        celAll([isCommit(fleet), `(!(${isTurns}) || ${isMeshrs})`]),
        ...(fleet.speakers.name === undefined
          ? [celAll([`!(${isTurns})`, celAny([isInstaller(fleet), celAll([isServiceAccount, ...sameButCertificate])])])]
          : []),
        celAll([
          `${username}.startsWith(${celText(fleet.speakers.prefix)})`,
          comesFromPod,
          `!(${isTurns})`,
          ...sameButCertificate,
        ]),
      ]),
      same('status', 'conditions'),
      same('status', 'acceptedNames'),
      keepsAll('status', 'storedVersions'),
    ],
  });
}

/** All fields of a definition that Kubernetes knows, but `conversion.webhook.clientConfig.caBundle`. */
const sameButCertificate = [
  ...['group', 'names', 'scope', 'versions', 'preserveUnknownFields'].map((field) => same('spec', field)),
  same('spec', 'conversion', 'strategy'),
  same('spec', 'conversion', 'webhook', 'conversionReviewVersions'),
  ...['service', 'url'].map((field) => same('spec', 'conversion', 'webhook', 'clientConfig', field)),
];

function rbac(resource: string): ResourceRule {
  return {
    apiGroups: ['rbac.authorization.k8s.io'],
    apiVersions: ['*'],
    resources: [resource],
    operations: ['UPDATE', 'DELETE'],
  };
}

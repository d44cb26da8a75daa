import type { HandCommand } from './command.ts';
import type { Target, Targets } from './guarded-targets.ts';

/** A label of what is made by hand, to find it again. */
export const typed = 'meshrs.lab/typed';

/** Commands of one sort, and how often they are drawn beside the others. */
export interface CommandGroup {
  readonly weight: number;
  readonly commands: readonly HandCommand[];
}

/**
 * Everything that somebody types in a hurry: deletions, edits of each kind, what `kubectl` has words for, partial syncs, and
 * what somebody makes who copies an object of ours. Each of them could move or end sessions if nothing stood in its way.
 */
export function handCommands(targets: Targets): CommandGroup[] {
  const { namespace } = targets;
  return [
    { weight: 3, commands: targets.objects.flatMap(anyObject) },
    { weight: 4, commands: targets.objects.flatMap(ofItsKind) },
    { weight: 4, commands: targets.routeServers.flatMap((name) => routeServer(targets, name)) },
    {
      weight: 1,
      commands: targets.gates.map((gate) => ({
        args: [...inNamespace(namespace), 'delete', 'pod', gate, '--wait=false'],
      })),
    },
    { weight: 3, commands: targets.nodes.flatMap(({ name, side }) => nodeCommands(targets, name, side)) },
    { weight: 1, commands: copies(targets) },
    { weight: 1, commands: partialSyncs(targets) },
  ];
}

function anyObject(target: Target): HandCommand[] {
  const object = `${target.kind}/${target.name}`;
  const inIts = where(target);
  return [
    { args: [...inIts, 'delete', object, '--wait=false'] },
    { args: [...inIts, 'delete', object, '--wait=false', '--cascade=orphan'] },
    { args: [...inIts, 'label', '--overwrite', object, 'side=c'] },
    { args: [...inIts, 'label', object, 'app.kubernetes.io/part-of-'] },
    { args: [...inIts, 'annotate', '--overwrite', object, 'metallb.io/loadBalancerIPs=192.0.2.1'] },
    // Who owns it that is not there: the garbage collector deletes it.
    patch(target, {
      metadata: {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' },
        ],
      },
    }),
  ];
}

function ofItsKind(target: Target): HandCommand[] {
  const object = `${target.kind}/${target.name}`;
  const inIts = where(target);
  const merge = (change: object): HandCommand => patch(target, change);
  switch (target.kind) {
    case 'statefulsets.apps':
      return [
        { args: [...inIts, 'scale', object, '--replicas=0'] },
        { args: [...inIts, 'scale', object, '--replicas=2'] },
        { args: [...inIts, 'rollout', 'restart', object] },
        { args: [...inIts, 'rollout', 'undo', object] },
        { args: [...inIts, 'set', 'env', object, 'TYPED=by-hand'] },
        { args: [...inIts, 'set', 'image', object, '*=localhost/nobody/has:this'] },
        merge({ spec: { template: { metadata: { annotations: { typed: 'by hand' } } } } }),
        merge({ spec: { template: { spec: { nodeSelector: { nobody: 'has-it' } } } } }),
        merge({ spec: { updateStrategy: { type: 'OnDelete' } } }),
      ];
    case 'services':
      return [
        merge({ spec: { selector: { nobody: 'has-it' } } }),
        merge({ spec: { externalTrafficPolicy: 'Cluster' } }),
        merge({ spec: { publishNotReadyAddresses: false } }),
        { args: [...patch(target, { status: { loadBalancer: {} } }).args, '--subresource=status'] },
      ];
    case 'configmaps':
      return [merge({ data: { 'settings.yml': '{}' } }), merge({ data: null })];
    case 'networkpolicies.networking.k8s.io':
      return [merge({ spec: { ingress: [] } }), merge({ spec: { podSelector: {} } })];
    case 'poddisruptionbudgets.policy':
      return [
        merge({ spec: { minAvailable: 0 } }),
        merge({ spec: { selector: { matchLabels: { nobody: 'has-it' } } } }),
      ];
    case 'roles.rbac.authorization.k8s.io':
      return [merge({ rules: [] })];
    case 'rolebindings.rbac.authorization.k8s.io':
      return [merge({ subjects: [] })];
    case 'bgppeers.metallb.io':
      return [merge({ spec: { peerAddress: '192.0.2.1' } }), merge({ spec: { nodeSelectors: null } })];
    case 'bgpadvertisements.metallb.io':
      return [merge({ spec: { ipAddressPools: ['nobody'] } }), merge({ spec: { localPref: 50 } })];
    case 'ipaddresspools.metallb.io':
      return [merge({ spec: { autoAssign: true } }), merge({ spec: { addresses: ['192.0.2.1/32'] } })];
    case 'daemonsets.apps':
      return [
        { args: [...inIts, 'rollout', 'restart', object] },
        merge({ spec: { updateStrategy: { type: 'RollingUpdate' } } }),
        merge({ spec: { template: { spec: { nodeSelector: { nobody: 'has-it' } } } } }),
      ];
    case 'secrets':
      return [merge({ data: { password: 'dHlwZWQ=' } })];
    case 'turns.meshrs.dev':
      return [
        merge({ spec: { open: 'b', by: 'somebody', reason: 'typed' } }),
        merge({ spec: { open: 'all', by: 'alice', reason: 'typed' } }),
        merge({ spec: null }),
      ];
    default:
      return [];
  }
}

function routeServer(targets: Targets, name: string): HandCommand[] {
  const inIts = inNamespace(targets.namespace);
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: targets.namespace } };
  return [
    { args: [...inIts, 'delete', 'pod', name, '--wait=false'] },
    { args: [...inIts, 'delete', 'pod', name, '--wait=false', '--force', '--grace-period=0'] },
    { args: [...inIts, 'label', '--overwrite', 'pod', name, 'side=c'] },
    { args: [...inIts, 'label', 'pod', name, 'side-'] },
    { args: [...inIts, 'set', 'image', `pod/${name}`, '*=localhost/nobody/has:this'] },
    {
      args: ['create', '--raw', `/api/v1/namespaces/${targets.namespace}/pods/${name}/eviction`, '-f', '-'],
      input: JSON.stringify(eviction),
    },
  ];
}

/** Not its deletion: no kubelet registers a node again before it is restarted. That is tried without a lab. */
function nodeCommands(targets: Targets, name: string, side: string): HandCommand[] {
  const key = targets.nodeLabel;
  const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';
  const taint = 'typed=by-hand:NoExecute';
  return [
    { args: ['label', 'node', name, `${key}-`], undo: ['label', '--overwrite', 'node', name, `${key}=${side}`] },
    {
      args: ['label', '--overwrite', 'node', name, `${key}=c`],
      undo: ['label', '--overwrite', 'node', name, `${key}=${side}`],
    },
    { args: ['label', 'node', name, `${exclude}=`], undo: ['label', 'node', name, `${exclude}-`] },
    { args: ['taint', 'node', name, taint], undo: ['taint', 'node', name, `${taint}-`] },
    { args: ['cordon', name], undo: ['uncordon', name] },
    {
      args: ['drain', name, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=3s'],
      undo: ['uncordon', name],
    },
    {
      args: [
        'drain',
        name,
        '--ignore-daemonsets',
        '--delete-emptydir-data',
        '--force',
        '--timeout=3s',
        '--disable-eviction',
      ],
      undo: ['uncordon', name],
    },
    {
      args: [
        ...inNamespace(targets.namespace),
        'delete',
        'pods',
        `--field-selector=spec.nodeName=${name}`,
        '--wait=false',
      ],
    },
  ];
}

/** What takes clients or evictions away from ours by being there. */
function copies({ namespace, metallbNamespace, services }: Targets): HandCommand[] {
  const mark = { [typed]: 'by-hand' };
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'typed', namespace, labels: mark },
    spec: { minAvailable: 0, selector: {} },
  };
  return [
    create(budget),
    ...services.flatMap(({ name, vip, podLabels }) => [
      create({
        apiVersion: 'metallb.io/v1beta1',
        kind: 'IPAddressPool',
        metadata: { name: `typed-${name}`, namespace: metallbNamespace, labels: mark },
        spec: { addresses: [`${vip}/32`] },
      }),
      create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${name}-typed`, namespace, labels: { ...mark, ...podLabels } },
        spec: harmless,
      }),
    ]),
  ];
}

/** By the namespace's rules (Kubernetes documentation, "Pod Security Standards", restricted). */
const harmless = {
  securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'pause',
      image: 'localhost/nobody/has:this',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

/** As `argocd app sync --resource` does it, which runs no hook. */
function partialSyncs({ application, objects, namespace }: Targets): HandCommand[] {
  return objects
    .filter(({ kind, namespace: own }) => kind === 'statefulsets.apps' && own === namespace)
    .map(({ name }) =>
      patch(
        { kind: 'applications.argoproj.io', name: application, namespace: 'argocd' },
        {
          operation: {
            initiatedBy: { username: 'by hand' },
            sync: {
              resources: [{ group: 'apps', kind: 'StatefulSet', namespace, name }],
              syncOptions: ['ServerSideApply=true'],
            },
          },
        },
      ),
    );
}

function patch(target: Target, change: object): HandCommand {
  return {
    args: [
      ...where(target),
      'patch',
      `${target.kind}/${target.name}`,
      '--type=merge',
      '--patch',
      JSON.stringify(change),
    ],
  };
}

function create(object: object): HandCommand {
  return { args: ['create', '-f', '-'], input: JSON.stringify(object) };
}

function where({ namespace }: Target): string[] {
  return namespace === undefined ? [] : inNamespace(namespace);
}

function inNamespace(namespace: string): string[] {
  return ['--namespace', namespace];
}

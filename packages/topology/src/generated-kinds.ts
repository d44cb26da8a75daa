/**
 * Every kind that is generated for route servers by some topology, as `gitops.customKinds` has it: "group/Kind", or "Kind" of the
 * core group.
 */
export const generatedKinds = {
  /** Without a namespace. */
  cluster: ['Namespace'],
  namespaced: [
    'ConfigMap',
    'Pod',
    'Service',
    'ServiceAccount',
    'apps/StatefulSet',
    'metallb.io/BFDProfile',
    'metallb.io/BGPAdvertisement',
    'metallb.io/BGPPeer',
    'metallb.io/IPAddressPool',
    'metallb.io/L2Advertisement',
    'networking.k8s.io/NetworkPolicy',
    'policy/PodDisruptionBudget',
    'rbac.authorization.k8s.io/Role',
    'rbac.authorization.k8s.io/RoleBinding',
  ],
} as const;

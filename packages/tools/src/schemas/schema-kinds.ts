/** A group and version of Kubernetes' own API, the file of its OpenAPI document, and the kinds that we emit of it. */
export interface KubernetesKinds {
  readonly group: string;
  readonly version: string;
  readonly document: string;
  readonly kinds: readonly string[];
}

export const kubernetesDocuments = 'api/openapi-spec/v3';

export const kubernetesKinds: readonly KubernetesKinds[] = [
  {
    group: 'admissionregistration.k8s.io',
    version: 'v1',
    document: 'apis__admissionregistration.k8s.io__v1_openapi.json',
    kinds: ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  },
  {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    document: 'apis__apiextensions.k8s.io__v1_openapi.json',
    kinds: ['CustomResourceDefinition'],
  },
  {
    group: '',
    version: 'v1',
    document: 'api__v1_openapi.json',
    kinds: ['ConfigMap', 'Namespace', 'PersistentVolumeClaim', 'Pod', 'Service', 'ServiceAccount'],
  },
  { group: 'apps', version: 'v1', document: 'apis__apps__v1_openapi.json', kinds: ['StatefulSet'] },
  { group: 'batch', version: 'v1', document: 'apis__batch__v1_openapi.json', kinds: ['Job'] },
  {
    group: 'networking.k8s.io',
    version: 'v1',
    document: 'apis__networking.k8s.io__v1_openapi.json',
    kinds: ['NetworkPolicy'],
  },
  { group: 'policy', version: 'v1', document: 'apis__policy__v1_openapi.json', kinds: ['PodDisruptionBudget'] },
  {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    document: 'apis__rbac.authorization.k8s.io__v1_openapi.json',
    kinds: ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  },
];

/** The folder of a module that holds its custom resource definitions, and the kinds that we emit of them. */
export interface CustomKinds {
  readonly folder: string;
  readonly kinds: readonly string[];
}

export const customKinds: Readonly<Record<string, CustomKinds>> = {
  metallb: {
    folder: 'config/crd/bases',
    kinds: ['BFDProfile', 'BGPAdvertisement', 'BGPPeer', 'Community', 'IPAddressPool', 'L2Advertisement'],
  },
  argocd: { folder: 'manifests/crds', kinds: ['AppProject', 'Application'] },
};

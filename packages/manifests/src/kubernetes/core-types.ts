import type {
  V1ConfigMap,
  V1Container,
  V1LabelSelector,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyIngressRule,
  V1NetworkPolicyPeer,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1PodSecurityContext,
  V1PodSpec,
  V1PodTemplateSpec,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1Role,
  V1RoleBinding,
  V1SecurityContext,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import type { Plain } from './plain.ts';

/**
 * What every object has (Kubernetes API, "Objects"); `apiVersion`, `kind` and `metadata.name` are never left out here.
 */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export type ObjectMeta = Omit<Plain<V1ObjectMeta>, 'name'> & { readonly name: string };

type Typed<T, ApiVersion extends string, Kind extends string> = Omit<Plain<T>, keyof KubernetesObject | 'status'> & {
  readonly apiVersion: ApiVersion;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
};

export type ConfigMap = Typed<V1ConfigMap, 'v1', 'ConfigMap'>;
export type Namespace = Typed<V1Namespace, 'v1', 'Namespace'>;
export type NetworkPolicy = Typed<V1NetworkPolicy, 'networking.k8s.io/v1', 'NetworkPolicy'>;
export type Pod = Typed<V1Pod, 'v1', 'Pod'>;
export type PodDisruptionBudget = Typed<V1PodDisruptionBudget, 'policy/v1', 'PodDisruptionBudget'>;
export type ClusterRole = Typed<V1ClusterRole, 'rbac.authorization.k8s.io/v1', 'ClusterRole'>;
export type ClusterRoleBinding = Typed<V1ClusterRoleBinding, 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'>;
export type Role = Typed<V1Role, 'rbac.authorization.k8s.io/v1', 'Role'>;
export type RoleBinding = Typed<V1RoleBinding, 'rbac.authorization.k8s.io/v1', 'RoleBinding'>;
export type Service = Typed<V1Service, 'v1', 'Service'>;
export type ServiceAccount = Typed<V1ServiceAccount, 'v1', 'ServiceAccount'>;
export type StatefulSet = Typed<V1StatefulSet, 'apps/v1', 'StatefulSet'>;

export type Container = Plain<V1Container>;
export type LabelSelector = Plain<V1LabelSelector>;
export type NetworkPolicyEgressRule = Plain<V1NetworkPolicyEgressRule>;
export type NetworkPolicyIngressRule = Plain<V1NetworkPolicyIngressRule>;
export type NetworkPolicyPeer = Plain<V1NetworkPolicyPeer>;
export type PodSecurityContext = Plain<V1PodSecurityContext>;
export type PodSpec = Plain<V1PodSpec>;
export type PodTemplate = Plain<V1PodTemplateSpec>;
export type SecurityContext = Plain<V1SecurityContext>;
export type Volume = Plain<V1Volume>;
export type VolumeMount = Plain<V1VolumeMount>;

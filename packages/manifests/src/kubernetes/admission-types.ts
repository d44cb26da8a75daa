import type {
  V1CustomResourceDefinition,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
} from '@kubernetes/client-node';
import type { KubernetesObject } from './core-types.ts';
import type { Plain } from './plain.ts';

export interface CustomResourceDefinition extends KubernetesObject {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly spec: Plain<V1CustomResourceDefinition>['spec'];
}

export interface ValidatingAdmissionPolicy extends KubernetesObject {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicy';
  readonly spec: NonNullable<Plain<V1ValidatingAdmissionPolicy>['spec']>;
}

export interface ValidatingAdmissionPolicyBinding extends KubernetesObject {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicyBinding';
  readonly spec: NonNullable<Plain<V1ValidatingAdmissionPolicyBinding>['spec']>;
}

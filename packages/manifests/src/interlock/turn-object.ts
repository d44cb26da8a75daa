import { turnKind } from '@meshrs/contract';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { partOf } from '../metadata.ts';

/**
 * The turn as it lies in Git: without a spec, which is the gates' alone. Were the spec there and its differences ignored, Argo
 * CD would write a stale one back.
 */
export function turnObject(name: string): KubernetesObject {
  return { apiVersion: turnKind.apiVersion, kind: turnKind.kind, metadata: { name, labels: partOf } };
}

/** What a build of a cluster holds, read: for whoever compares two builds. */
export { metallbAnnotations } from '../kubernetes/metallb-types.ts';
export { partOf } from '../metadata.ts';
export { count, listed } from '../words.ts';
export { compareText, sortedTexts } from '../sorted.ts';
export * from './built.ts';
export * from './changed-paths.ts';
export * from './load-balancers.ts';
export * from './metallb-peers.ts';
export { kindName, objectId } from './object-id.ts';
export * from './pool-ranges.ts';
export * from './read-built.ts';
export * from './route-server-sets.ts';
export * from './selects.ts';
export * from './sync-order.ts';
export { secretReferences, type SecretReference } from './secret-references.ts';
export { labelSelector } from './views.ts';
export type {
  AddressPoolView,
  BgpPeerView,
  ConfigMapView,
  NetworkPolicyView,
  ObjectView,
  ServiceView,
} from './views.ts';
export type { Workload } from './workloads.ts';

import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';
import { baseFolder } from './base-folder.ts';
import { clusterFolder } from './cluster-folder.ts';
import { sideFolder } from './side-folder.ts';

/** Every object that is generated for a cluster. */
export function clusterObjects(scope: ClusterScope): KubernetesObject[] {
  const entries = [...baseFolder(scope.topology), ...clusterFolder(scope), ...sidesOf(scope).flatMap(sideFolder)];
  return entries.map(({ object }) => object);
}

import { dirname } from 'node:path/posix';
import { customFolder } from '@meshrs/manifests/folders';
import { subtree, type Tree } from '../repository/tree.ts';
import { isKustomization } from './kustomization-file.ts';

/** The kustomization that makes a folder one of the user's components; undefined when there is none. */
export function customKustomization(tree: Tree, cluster: string): string | undefined {
  const folder = customFolder(cluster);
  return [...tree.keys()].find((path) => dirname(path) === folder && isKustomization(path));
}

/** Clusters for which the user has a component, in the order of their names. */
export function clustersWithCustom(tree: Tree): string[] {
  const clusters = [...tree.keys()].flatMap((path) => /^overlays\/([^/]+)\/custom\//.exec(path)?.[1] ?? []);
  return [...new Set(clusters)].filter((cluster) => customKustomization(tree, cluster) !== undefined).sort();
}

/**
 * Whether the files of a cluster's overlay tell all that a build of it depends on: the user's component may read
 * elsewhere.
 */
export async function isSelfContained(tree: Tree, cluster: string): Promise<boolean> {
  const custom = subtree(tree, [customFolder(cluster)]);
  if (custom.size === 0) return true;
  const { isClosed } = await import('./closed-component.ts');
  return isClosed(custom);
}

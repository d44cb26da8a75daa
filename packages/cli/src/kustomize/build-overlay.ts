import { digestTree, subtree, type Tree } from '../repository/tree.ts';
import { isSelfContained } from './custom-folder.ts';
import type { Program } from '../tools/program.ts';
import { cacheKey, type ResultCache } from '../tools/result-cache.ts';
import { runTool } from '../tools/run-tool.ts';

/** A tree on disk, and its files as they were read. */
export interface TreeOnDisk {
  readonly root: string;
  readonly tree: Tree;
}

/** What `kustomize build` printed, or why it built nothing. */
export type OverlayBuild =
  { readonly ok: true; readonly yaml: string } | { readonly ok: false; readonly error: string };

/** Builds overlays/<cluster> with one kustomize; a tree that was built before comes from the cache. */
export async function buildOverlay(
  kustomize: Program,
  { root, tree }: TreeOnDisk,
  cluster: string,
  cache: ResultCache,
): Promise<OverlayBuild> {
  const inputs = subtree(tree, ['base', `overlays/${cluster}`]);
  const isRemembered = await isSelfContained(tree, cluster);
  const key = cacheKey(['kustomize build', kustomize.fingerprint, cluster, digestTree(inputs)]);
  const known = isRemembered ? cache.get(key) : undefined;
  if (known !== undefined) return { ok: true, yaml: known };
  const built = await buildFolder(kustomize, root, `overlays/${cluster}`);
  if (isRemembered && built.ok) cache.set(key, built.yaml);
  return built;
}

/** Builds a folder of a repository with one kustomize. */
export async function buildFolder(
  kustomize: Pick<Program, 'path'>,
  root: string,
  folder: string,
): Promise<OverlayBuild> {
  const { exitCode, stdout, stderr } = await runTool(kustomize.path, ['build', folder], { cwd: root });
  return exitCode === 0 ? { ok: true, yaml: stdout } : { ok: false, error: withoutPaths(stderr, root) };
}

function withoutPaths(text: string, root: string): string {
  return text.replaceAll(`${root}/`, '').trim();
}

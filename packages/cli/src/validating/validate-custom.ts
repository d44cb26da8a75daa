import { customFolder } from '@meshrs/manifests/folders';
import { isMap, isSeq, parseDocument, type Document } from 'yaml';
import { withStagedTree } from '../repository/staged-tree.ts';
import { subtree, type Tree } from '../repository/tree.ts';
import { buildOverlay } from '../kustomize/build-overlay.ts';
import { customKustomization } from '../kustomize/custom-folder.ts';
import { isKustomization } from '../kustomize/kustomization-file.ts';
import { problem, type Problem } from '../problems/problem.ts';
import type { Program } from '../tools/program.ts';
import type { ResultCache } from '../tools/result-cache.ts';

/** What no build shows: a folder that is no component, and transformers whose harm goes unsaid. */
export function validateCustomFolder(tree: Tree, cluster: string): Problem[] {
  const folder = customFolder(cluster);
  const files = subtree(tree, [folder]);
  if (files.size === 0) return [];
  const path = customKustomization(tree, cluster);
  if (path === undefined) {
    return [
      problem('custom-not-component', {
        where: folder,
        message: 'The folder holds files and no kustomization.yaml, so none of them has an effect.',
        seen: [...files.keys()].join(', '),
        allowed: 'a kustomization.yaml of kind: Component',
        hint: `add ${folder}/kustomization.yaml with "kind: Component" and the files under resources`,
      }),
    ];
  }
  return [...notComponent(files, path), ...transformers(files, path)];
}

function notComponent(files: Tree, path: string): Problem[] {
  const kind = read(files, path).get('kind');
  if (kind === 'Component') return [];
  return [
    problem('custom-not-component', {
      where: path,
      message: 'The overlay takes this folder as a component.',
      seen: typeof kind === 'string' ? kind : 'no kind',
      allowed: 'apiVersion: kustomize.config.k8s.io/v1alpha1 and kind: Component',
      hint: `set apiVersion and kind in ${path}`,
    }),
  ];
}

/**
 * Fields that change names in one place and leave the references of MetalLB and of selectors in volumes as they are.
 */
const renaming = ['namePrefix', 'nameSuffix', 'namespace', 'commonLabels'];

function transformers(files: Tree, own: string): Problem[] {
  return [...files.keys()].filter(isKustomization).flatMap((path) => {
    const document = read(files, path);
    // A Kustomization in a folder below changes what it lists itself; a component changes all that the overlay has.
    if (path !== own && document.get('kind') !== 'Component') return [];
    return renaming
      .filter((field) => document.has(field))
      .map((field) =>
        problem('custom-transformer', {
          where: path,
          message: `${field} changes every object, and does not reach what MetalLB reads: annotations, pools and peers by name.`,
          seen: field,
          allowed: 'concrete names and namespaces in your own objects, and patches with a target',
          hint: `remove ${field}`,
        }),
      );
  });
}

/** A place in a kustomization where something is changed in other objects. */
interface Change {
  readonly path: string;
  readonly field: string;
  readonly index: number;
}

/** Fields whose entries each change objects that match, and say nothing when none does. */
const changing = ['patches', 'patchesJson6902', 'patchesStrategicMerge', 'replacements', 'images', 'replicas'];

/** Patches and the like without which the build is the same: their targets match nothing, or they set what is there. */
export async function validateCustomChanges(
  repository: string,
  tree: Tree,
  cluster: string,
  built: string,
  kustomize: Program,
  cache: ResultCache,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const change of changesIn(subtree(tree, [customFolder(cluster)]))) {
    const without = withoutChange(tree, change);
    const result = await withStagedTree(repository, without, (root) =>
      buildOverlay(kustomize, { root, tree: without }, cluster, cache),
    );
    // A build that fails without it needs it.
    if (!result.ok || result.yaml !== built) continue;
    problems.push(
      problem('patch-without-effect', {
        where: `${change.path}: ${change.field}[${String(change.index)}]`,
        message: 'This entry changes nothing in the build.',
        allowed: 'a target that matches an object, and a value that is not there already',
        hint: 'correct the target or the value, or remove the entry',
      }),
    );
  }
  return problems;
}

function changesIn(custom: Tree): Change[] {
  return [...custom.keys()].filter(isKustomization).flatMap((path) => {
    const document = read(custom, path);
    return changing.flatMap((field) => {
      const list = document.get(field);
      return isSeq(list) ? list.items.map((_, index) => ({ path, field, index })) : [];
    });
  });
}

function withoutChange(tree: Tree, { path, field, index }: Change): Tree {
  const document = read(tree, path);
  document.deleteIn([field, index]);
  return new Map([...tree, [path, Buffer.from(String(document))]]);
}

/** An empty document for a file that is none: kustomize says what is wrong with it. */
function read(tree: Tree, path: string): Document {
  const document = parseDocument(tree.get(path)?.toString('utf8') ?? '');
  return isMap(document.contents) && document.errors.length === 0 ? document : parseDocument('{}');
}

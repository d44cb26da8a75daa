import { describe, expect, it } from 'vitest';
import { treeOf } from '../../test/support/tree-of.ts';
import { clustersWithCustom, customKustomization, isSelfContained } from './custom-folder.ts';

describe("the user's component", () => {
  // All names that kustomize takes (Kustomize reference, "kustomization").
  it.each(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])('is found by its file %s', (name) => {
    const tree = treeOf({ [`overlays/dci/custom/${name}`]: 'kind: Component\n', 'overlays/dci/custom/a.yaml': '' });
    expect(customKustomization(tree, 'dci')).toBe(`overlays/dci/custom/${name}`);
    expect(clustersWithCustom(tree)).toEqual(['dci']);
  });

  it.each(['kustomization.json', 'a-kustomization.yaml', 'kustomization.yaml.orig', 'more/kustomization.yaml'])(
    'is not found by a file %s',
    (name) => {
      const tree = treeOf({ [`overlays/dci/custom/${name}`]: 'kind: Component\n' });
      expect(customKustomization(tree, 'dci')).toBeUndefined();
      expect(clustersWithCustom(tree)).toEqual([]);
    },
  );

  it.each(['kustomization.yml', 'Kustomization'])('that reads elsewhere is seen in a %s too', async (name) => {
    const tree = treeOf({ [`overlays/dci/custom/${name}`]: 'kind: Component\nresources: [../../x]\n' });
    expect(await isSelfContained(tree, 'dci')).toBe(false);
  });
});

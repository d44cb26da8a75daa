import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { clusterFacts, customFolder, revisionsOfBuild, type RenderedManifests } from '@meshrs/manifests';
import { locateTool } from '@meshrs/tools/locate';
import { parseObjects } from '../kubernetes/objects.ts';

/** The revisions of the sides that a user's component has a part in, by cluster, as `meshrs build` gives them. */
export function componentRevisions(
  repository: string,
  { files, clusters }: RenderedManifests,
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const withComponent = clusters.filter(({ hasCustom }) => hasCustom);
  if (withComponent.length === 0) return {};
  const root = mkdtempSync(join(tmpdir(), 'meshrs-lab-'));
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return Object.fromEntries(
      withComponent.map((scope) => {
        const custom = customFolder(scope.cluster);
        cpSync(join(repository, custom), join(root, custom), { recursive: true });
        const built = execFileSync(locateTool('kustomize'), ['build', scope.overlay], { cwd: root, encoding: 'utf8' });
        return [scope.cluster, revisionsOfBuild(parseObjects(built), clusterFacts(scope))];
      }),
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

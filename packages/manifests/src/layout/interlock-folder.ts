import { interlockApplication } from '../argo-cd/applications.ts';
import { interlockProject } from '../argo-cd/app-projects.ts';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { rootWaves } from '../argo-cd/waves.ts';
import { interlockFolder } from '../folders.ts';
import { interlockObjects } from '../interlock/interlock-objects.ts';
import type { ClusterScope } from '../scope.ts';
import { writeFolder, type FolderEntry, type ManifestFile } from './manifest-file.ts';

/**
 * Whether what is rendered holds the interlock. The one place to switch it on, for all fleets: a policy whose turn nobody
 * opens refuses every change, so that it waits for gates that do.
 */
export function isInterlockRendered(): boolean {
  return false;
}

/** clusters/<cluster>/interlock: by what the API server keeps one side at a time. */
export function interlockFiles(scope: ClusterScope, source: string): ManifestFile[] {
  return writeFolder(interlockFolder(scope.cluster), source, interlockObjects(scope));
}

/** What the root applies for it: before the route servers' Application, whose gates write the turn. */
export function interlockApps(scope: ClusterScope): FolderEntry[] {
  return [
    { name: 'interlock-project.yaml', object: forArgoCd(interlockProject(scope), rootWaves.projects) },
    { name: 'interlock.yaml', object: forArgoCd(interlockApplication(scope), rootWaves.metallb) },
  ];
}

import { interlockApplication } from '../argo-cd/applications.ts';
import { interlockProject } from '../argo-cd/app-projects.ts';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { rootWaves } from '../argo-cd/waves.ts';
import { interlockFolder } from '../folders.ts';
import { interlockEntries } from '../interlock/interlock-objects.ts';
import { sidesOf, type ClusterScope } from '../scope.ts';
import { clusterFolder } from './cluster-folder.ts';
import { writeFolder, type FolderEntry, type ManifestFile } from './manifest-file.ts';
import { sideFolder } from './side-folder.ts';

/** Everything by which the API server keeps one side at a time, for what is generated. */
export function interlockObjects(scope: ClusterScope): FolderEntry[] {
  return interlockEntries(scope, {
    ofSides: sidesOf(scope).flatMap((side) => sideFolder(side).map(({ object }) => ({ side: side.side, object }))),
    ofCluster: clusterFolder(scope).map(({ object }) => object),
  });
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

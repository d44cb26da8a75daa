import { metallbProject, rootProject, routeServersProject } from '../argo-cd/app-projects.ts';
import { appsFolder, metallbApplication, rootApplication, routeServersApplication } from '../argo-cd/applications.ts';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { argoCdSettings } from '../argo-cd/settings.ts';
import { rootWaves } from '../argo-cd/waves.ts';
import type { ClusterScope } from '../scope.ts';
import { writeFiles, writeFolder, type FolderEntry, type ManifestFile } from './manifest-file.ts';

/**
 * clusters/<cluster>: bootstrap.yaml is what an administrator applies once, apps/ what the root then applies with each
 * commit, argocd/ what Argo CD's own settings need.
 */
export function argoCdFiles(scope: ClusterScope, source: string, base: string, overlay: string): ManifestFile[] {
  const folder = `clusters/${scope.cluster}`;
  return [
    ...writeFiles(folder, source, [{ name: 'bootstrap.yaml', objects: [rootProject(scope), rootApplication(scope)] }]),
    ...writeFiles(
      `${folder}/argocd`,
      source,
      argoCdSettings(scope).map((object) => ({ name: `${object.metadata.name}.yaml`, objects: [object] })),
    ),
    ...writeFolder(appsFolder(scope.cluster), source, apps(scope, base, overlay)),
  ];
}

function apps(scope: ClusterScope, base: string, overlay: string): FolderEntry[] {
  return [
    ...(scope.topology.metallb.chart.install
      ? [
          { name: 'metallb-project.yaml', object: forArgoCd(metallbProject(scope), rootWaves.projects) },
          { name: 'metallb.yaml', object: forArgoCd(metallbApplication(scope), rootWaves.metallb) },
        ]
      : []),
    { name: 'route-servers-project.yaml', object: forArgoCd(routeServersProject(scope), rootWaves.projects) },
    {
      name: 'route-servers.yaml',
      object: forArgoCd(routeServersApplication(scope, base, overlay), rootWaves.routeServers),
    },
  ];
}

import { metallbProject, rootProject, routeServersProject } from '../argo-cd/app-projects.ts';
import { metallbApplication, rootApplication, routeServersApplication } from '../argo-cd/applications.ts';
import { appsFolder, bootstrapFile, settingsFolder } from '../folders.ts';
import { forArgoCd } from '../argo-cd/for-argo-cd.ts';
import { argoCdSettings } from '../argo-cd/settings.ts';
import { rootWaves } from '../argo-cd/waves.ts';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import type { ClusterScope } from '../scope.ts';
import { interlockApps, interlockFiles } from './interlock-folder.ts';
import { writeFile, writeFolder, type FolderEntry, type ManifestFile } from './manifest-file.ts';

/**
 * clusters/<cluster>: bootstrap.yaml is what an administrator applies once, apps/ what the root then applies with each
 * commit, argocd/ what Argo CD's own settings need, interlock/ what keeps one side at a time.
 */
export function argoCdFiles(scope: ClusterScope, source: string, overlay: string): ManifestFile[] {
  const { cluster } = scope;
  return [
    writeFile(bootstrapFile(cluster), source, bootstrap(scope)),
    ...argoCdSettings(scope).map((object) =>
      writeFile(`${settingsFolder(cluster)}/${object.metadata.name}.yaml`, source, [object]),
    ),
    ...writeFolder(appsFolder(cluster), source, apps(scope, overlay)),
    ...interlockFiles(scope, source),
  ];
}

/** Every object of clusters/<cluster>. */
export function argoCdObjects(scope: ClusterScope, overlay: string): KubernetesObject[] {
  return [...bootstrap(scope), ...argoCdSettings(scope), ...apps(scope, overlay).map(({ object }) => object)];
}

function bootstrap(scope: ClusterScope): KubernetesObject[] {
  return [rootProject(scope), rootApplication(scope)];
}

function apps(scope: ClusterScope, overlay: string): FolderEntry[] {
  return [
    ...interlockApps(scope),
    ...(scope.topology.metallb.chart.install
      ? [
          { name: 'metallb-project.yaml', object: forArgoCd(metallbProject(scope), rootWaves.projects) },
          { name: 'metallb.yaml', object: forArgoCd(metallbApplication(scope), rootWaves.metallb) },
        ]
      : []),
    { name: 'route-servers-project.yaml', object: forArgoCd(routeServersProject(scope), rootWaves.projects) },
    {
      name: 'route-servers.yaml',
      object: forArgoCd(routeServersApplication(scope, overlay), rootWaves.routeServers),
    },
  ];
}

/** What an administrator applies once, from the root of the repository. */
export function bootstrapFile(cluster: string): string {
  return `clusters/${cluster}/bootstrap.yaml`;
}

/** What the root Application applies. */
export function appsFolder(cluster: string): string {
  return `clusters/${cluster}/apps`;
}

/** What Argo CD's own ConfigMaps need. */
export function settingsFolder(cluster: string): string {
  return `clusters/${cluster}/argocd`;
}

/** The user's own component of a cluster, which is included when it is there. */
export function customFolder(cluster: string): string {
  return `overlays/${cluster}/custom`;
}

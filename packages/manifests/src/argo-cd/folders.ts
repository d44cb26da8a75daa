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

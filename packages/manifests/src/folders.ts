/** What an administrator applies once, from the root of the repository. */
export function bootstrapFile(cluster: string): string {
  return `clusters/${cluster}/bootstrap.yaml`;
}

/** What the root Application applies. */
export function appsFolder(cluster: string): string {
  return `clusters/${cluster}/apps`;
}

/** By what the API server keeps one side at a time; an Application of its own. */
export function interlockFolder(cluster: string): string {
  return `clusters/${cluster}/interlock`;
}

/** What Argo CD's own ConfigMaps need. */
export function settingsFolder(cluster: string): string {
  return `clusters/${cluster}/argocd`;
}

/** The user's own component of a cluster, which is included when it is there. */
export function customFolder(cluster: string): string {
  return `overlays/${cluster}/custom`;
}

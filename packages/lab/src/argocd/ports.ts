/** Ports in the control plane's namespace: Argo CD's own defaults, and one for what it fetches from. */
export const gitopsPorts = { redis: 6379, repoServer: 8081, server: 8080, git: 8090 } as const;

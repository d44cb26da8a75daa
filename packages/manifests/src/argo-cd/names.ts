/** Names of a cluster's Applications, and of the AppProject of each; one Argo CD may have several clusters. */
export function applicationNames(cluster: string) {
  return {
    root: `meshrs-root-${cluster}`,
    interlock: `meshrs-interlock-${cluster}`,
    metallb: `meshrs-metallb-${cluster}`,
    routeServers: `meshrs-route-servers-${cluster}`,
  } as const;
}

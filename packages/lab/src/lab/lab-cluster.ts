import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterPlan } from '../plan/lab-plan.ts';
import type { Lab } from './lab.ts';

/** A Kubernetes cluster of a lab: what is planned of it, and where its files stand. */
export interface LabCluster {
  readonly lab: Lab;
  readonly plan: ClusterPlan;
  readonly paths: ClusterPaths;
}

export interface ClusterPaths {
  readonly state: string;
  /** Only root reads them. */
  readonly keys: string;
  /** For people on this machine. */
  readonly kubeconfig: string;
}

export function labCluster(lab: Lab, plan: ClusterPlan): LabCluster {
  return { lab, plan, paths: clusterPaths(lab, plan.name) };
}

export function clusterPaths(lab: Lab, cluster: string): ClusterPaths {
  const state = join(clustersFolder(lab), cluster);
  return { state, keys: join(state, 'keys'), kubeconfig: join(state, 'kubeconfig') };
}

/** The kubeconfigs that were written so far, in the order of the clusters' names. */
export function listKubeconfigs(lab: Lab): string[] {
  const folder = clustersFolder(lab);
  return globSync('*/kubeconfig', { cwd: folder })
    .sort()
    .map((path) => join(folder, path));
}

/** The name of one of a cluster's own daemons: "etcd", or "etcd.NAME" where a lab has several clusters. */
export function daemonName({ plan }: Pick<LabCluster, 'plan'>, program: string): string {
  return `${program}${plan.suffix}`;
}

function clustersFolder(lab: Lab): string {
  return join(lab.paths.state, 'clusters');
}

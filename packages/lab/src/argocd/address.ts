import { readServer } from '../cluster/connect.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { gitopsPorts } from './ports.ts';

/** Where the server of a cluster's Argo CD is reached from this machine. */
export function argoCdUrl(cluster: Pick<LabCluster, 'lab' | 'paths'>): string {
  return `http://${readServer(cluster).hostname}:${String(gitopsPorts.server)}`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { Account } from './accounts.ts';
import { keyFiles } from './keys.ts';

/** The port of kube-apiserver, on every address under which it is reached. */
export const apiPort = 6443;

/** A kubeconfig as JSON, which is YAML, too (Kubernetes documentation, "Organizing Cluster Access"). */
export function kubeconfig(cluster: LabCluster, server: string, account: Account): string {
  const name = `meshrs-lab-${cluster.lab.name}${cluster.plan.suffix}`;
  const authority = readFileSync(keyFiles(cluster).apiCertificate).toString('base64');
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      clusters: [
        { name, cluster: { server: `https://${server}:${String(apiPort)}`, 'certificate-authority-data': authority } },
      ],
      users: [{ name, user: { token: account.token } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    },
    null,
    2,
  )}\n`;
}

/** Writes a kubeconfig for one of the lab's own parts and returns its path. */
export function writeKubeconfig(cluster: LabCluster, part: string, server: string, account: Account): string {
  const path = join(cluster.paths.keys, `${part}.kubeconfig`);
  writeFileSync(path, kubeconfig(cluster, server, account), { mode: 0o600 });
  return path;
}

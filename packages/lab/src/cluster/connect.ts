import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LabFailure, systemCode } from '../host/failure.ts';
import { kubernetesApi, type KubernetesApi } from '../kubernetes/api.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import { keyFiles } from './keys.ts';

const kubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** Where the files of a cluster stand, and of which lab it is. */
type Target = Pick<LabCluster, 'lab' | 'paths'>;

/** The API of a cluster that is up, as its kubeconfig says. */
export function connect(cluster: Target): KubernetesApi {
  const { users } = kubeconfigSchema.parse(JSON.parse(readKubeconfig(cluster)));
  const { hostname, port } = readServer(cluster);
  return kubernetesApi({
    host: hostname,
    port: Number(port),
    certificateFile: keyFiles(cluster).apiCertificate,
    token: users[0].user.token,
  });
}

/** Where this machine reaches the control plane. */
export function readServer(cluster: Target): URL {
  return new URL(kubeconfigSchema.parse(JSON.parse(readKubeconfig(cluster))).clusters[0].cluster.server);
}

function readKubeconfig({ lab, paths }: Target): string {
  try {
    return readFileSync(paths.kubeconfig, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new LabFailure({
      code: 'lab-not-up',
      message: `There is no lab "${lab.name}" (no ${paths.kubeconfig}).`,
      next: 'bring it up: meshrs lab up TOPOLOGY',
      cause: error,
    });
  }
}

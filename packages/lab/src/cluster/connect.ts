import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LabFailure, systemCode } from '../host/failure.ts';
import { kubernetesApi, type KubernetesApi } from '../kubernetes/api.ts';
import type { Lab } from '../lab/lab.ts';
import { keyFiles } from './keys.ts';

const kubeconfigSchema = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.url() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
});

/** The API of a lab that is up, as its kubeconfig says. */
export function connect(lab: Lab): KubernetesApi {
  const { users } = kubeconfigSchema.parse(JSON.parse(readKubeconfig(lab)));
  const { hostname, port } = readServer(lab);
  return kubernetesApi({
    host: hostname,
    port: Number(port),
    certificateFile: keyFiles(lab).apiCertificate,
    token: users[0].user.token,
  });
}

/** Where this machine reaches the control plane. */
export function readServer(lab: Lab): URL {
  return new URL(kubeconfigSchema.parse(JSON.parse(readKubeconfig(lab))).clusters[0].cluster.server);
}

function readKubeconfig(lab: Lab): string {
  try {
    return readFileSync(lab.paths.kubeconfig, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    throw new LabFailure({
      code: 'lab-not-up',
      message: `There is no lab "${lab.name}" (no ${lab.paths.kubeconfig}).`,
      next: 'bring it up: meshrs lab up TOPOLOGY',
      cause: error,
    });
  }
}

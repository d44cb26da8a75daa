import { shown } from '@meshrs/contract';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AgentFailure, systemCode } from '../../failure.ts';
import type { ApiAccess } from './access.ts';
import { meshRights } from './api-client.ts';

/**
 * Access of a pod through its ServiceAccount. The kubelet replaces the token before it expires, so it is read each time
 * (Kubernetes, "Bound service account tokens").
 */
export function inClusterAccess(
  api: { readonly host: string; readonly port: string },
  folder: string,
  rights = meshRights,
): ApiAccess {
  const host = api.host.includes(':') ? `[${api.host}]` : api.host;
  const address = `https://${host}:${api.port}`;
  if (!URL.canParse(address)) throw notAnAddress(api);
  return {
    server: new URL(address),
    credentials: async () => ({
      ca: await read(path.join(folder, 'ca.crt'), rights),
      token: (await read(path.join(folder, 'token'), rights)).trim(),
    }),
  };
}

function notAnAddress({ host, port }: { readonly host: string; readonly port: string }): AgentFailure {
  return new AgentFailure(
    `KUBERNETES_SERVICE_HOST is ${JSON.stringify(shown(host, 100))} and KUBERNETES_SERVICE_PORT is ${JSON.stringify(shown(port, 100))}; allowed: a host or an address, and a port. Kubernetes sets both in each container.`,
    { code: 'api-access-missing', operation: 'find the Kubernetes API', retryable: false },
  );
}

async function read(file: string, rights: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new AgentFailure(
      `${file} cannot be read (${systemCode(cause)}). Kubernetes mounts it unless automountServiceAccountToken is false: the pod needs a ServiceAccount with a Role with ${rights}.`,
      { code: 'api-access-missing', operation: `read ${file}`, retryable: true, cause },
    );
  }
}

import { environment } from '@meshrs/contract';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AgentFailure, systemCode } from '../failure.ts';
import type { AgentPaths } from '../paths.ts';
import type { ApiAccess } from '../sources/kubernetes/access.ts';
import { createApiClient, type DatedApiClient, type ExchangingApiClient } from '../sources/kubernetes/api-client.ts';
import { chooseAccess } from '../sources/kubernetes/choose-access.ts';

/** The Kubernetes API as a pod of its own, or a person outside a cluster, reaches it. */
export interface ReachedApi {
  readonly access: ApiAccess;
  readonly client: DatedApiClient & ExchangingApiClient;
  /** Of the route servers. */
  readonly namespace: string;
}

/** `rights`: what a Role must give to its user. @throws AgentFailure */
export async function reachApi(
  paths: AgentPaths,
  env: Readonly<Record<string, string | undefined>>,
  rights: string,
): Promise<ReachedApi> {
  const [kubeconfig, host, port, namespace] = [
    'KUBECONFIG',
    'KUBERNETES_SERVICE_HOST',
    'KUBERNETES_SERVICE_PORT',
    environment.podNamespace,
  ].map((name) => (env[name] === '' ? undefined : env[name]));
  if (kubeconfig === undefined && (host === undefined || port === undefined)) {
    throw new AgentFailure('Neither KUBERNETES_SERVICE_HOST nor KUBECONFIG says where the Kubernetes API is.', {
      code: 'api-access-missing',
      operation: 'find the Kubernetes API',
      retryable: false,
    });
  }
  const access = await chooseAccess(
    {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(host !== undefined && port !== undefined && { kubernetesApi: { host, port } }),
    },
    paths.serviceAccount,
    rights,
  );
  return {
    access,
    client: createApiClient(access, { rights }),
    namespace: namespace ?? access.defaultNamespace ?? (await readNamespace(paths.serviceAccount)),
  };
}

async function readNamespace(serviceAccount: string): Promise<string> {
  const file = path.join(serviceAccount, 'namespace');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new AgentFailure(
      `The namespace of the route servers is not known: ${environment.podNamespace} is not set, and ${file} cannot be read (${systemCode(cause)}).`,
      { code: 'file-not-readable', operation: `read ${file}`, retryable: false, cause },
    );
  }
}

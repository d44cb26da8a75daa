import { AgentFailure } from '../../failure.ts';
import type { ApiAccess } from './access.ts';
import { inClusterAccess } from './in-cluster.ts';

/**
 * Access by the kubeconfig that is named, else by the pod's ServiceAccount. Without either, every use of the API fails
 * and says so; an agent whose groups have other sources needs none. `rights`: what a Role must give to its user.
 */
export async function chooseAccess(
  environment: {
    readonly kubeconfig?: string;
    readonly kubernetesApi?: { readonly host: string; readonly port: string };
  },
  serviceAccount: string,
  rights?: string,
): Promise<ApiAccess> {
  if (environment.kubeconfig !== undefined) {
    // Loaded only here: a pod never has one.
    const { kubeconfigAccess } = await import('./kubeconfig.ts');
    return await kubeconfigAccess(environment.kubeconfig);
  }
  if (environment.kubernetesApi) return inClusterAccess(environment.kubernetesApi, serviceAccount, rights);
  return {
    server: new URL('https://kubernetes.invalid'),
    credentials: () =>
      Promise.reject(
        new AgentFailure(
          'A mesh group has the source kubernetes, but neither KUBERNETES_SERVICE_HOST nor KUBECONFIG says where its API is.',
          { code: 'api-access-missing', operation: 'find the Kubernetes API', retryable: true },
        ),
      ),
  };
}

import { listApplications, describeApplication } from '../argocd/applications.ts';
import type { ClusterContext } from '../lab/context.ts';
import { inNamespace } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';

/** Where MetalLB's controller serves its webhook (MetalLB's chart, templates/webhooks.yaml). */
const webhookPort = 9443;
const table = 'meshrs_lab_webhook';

/**
 * Does something while kube-apiserver is refused by MetalLB's webhook, as it is for the seconds after its pod is Ready.
 * Those seconds are often over before anybody asks; here they last until `work` is done.
 */
export async function whileWebhookRefuses(
  { tools, cluster }: Pick<ClusterContext, 'tools' | 'cluster'>,
  work: () => Promise<void>,
): Promise<void> {
  const nft = (...args: readonly string[]) => inNamespace(cluster.plan.namespace, [tools.nft, ...args]);
  const rules = `table inet ${table} {
  chain output { type filter hook output priority 0; tcp dport ${String(webhookPort)} reject with tcp reset; }
}
`;
  await run(nft('-f', '-'), { input: rules });
  try {
    await work();
  } finally {
    await run(nft('delete', 'table', 'inet', table));
  }
}

/** Waits until a sync has failed at a webhook. */
export async function waitForRefusal({ signal }: Pick<ClusterContext, 'signal'>, api: KubernetesApi): Promise<void> {
  let seen = '';
  await waitUntil(
    'a sync fails at a webhook that is not there yet',
    async () => {
      const applications = await listApplications(api);
      seen = applications.map(describeApplication).join('\n           ') || 'no Applications';
      return applications.some(({ operation }) => operation?.message.includes('failed calling webhook') === true);
    },
    {
      deadlineMs: 420_000,
      intervalMs: 250,
      signal,
      next: 'read the log of argocd-application-controller: meshrs lab logs LAB argocd-application-controller',
      seen: () => seen,
    },
  );
}

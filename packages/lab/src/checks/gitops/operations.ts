import { z } from 'zod';
import { applicationsPath } from '../../argocd/applications.ts';
import { argoCdNamespace } from '../../argocd/upstream.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import type { GitopsContext } from './context.ts';

const policySchema = z.object({
  spec: z.object({
    syncPolicy: z.object({ syncOptions: z.array(z.string()), automated: z.object({ prune: z.boolean() }) }),
  }),
});

/** One of those that `argocd app sync --resource` names: Argo CD then runs no hook. */
export interface SyncedResource {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Begins a sync, of all or of some resources, as `argocd app sync` does it (Argo CD, util/argo/argo.go, SetAppOperation): what stands in the Application
 * holds for this sync, too, and nothing of the one before it does.
 */
export async function beginSync(
  context: GitopsContext,
  application: string,
  resources: readonly SyncedResource[] = [],
): Promise<void> {
  const { syncPolicy } = policySchema.parse(await context.cluster.api.get(`${applicationsPath}/${application}`)).spec;
  const { syncOptions, automated } = syncPolicy;
  const only = resources.length > 0 && { resources };
  const sync = { syncOptions, prune: automated.prune, syncStrategy: { hook: {} }, ...only };
  const operation = { initiatedBy: { username: 'meshrs-lab' }, sync };
  await patch(context, application, { operation, status: { operationState: null } });
}

/** Ends what Argo CD is doing, as `argocd app terminate-op` does (Argo CD, server/application/application.go). */
export async function endOperation(context: GitopsContext, application: string): Promise<void> {
  await patch(context, application, { status: { operationState: { phase: 'Terminating' } } });
}

async function patch({ cluster, tools }: GitopsContext, application: string, change: object): Promise<void> {
  await kubectl(cluster, tools, [
    ...['--namespace', argoCdNamespace, 'patch', 'applications.argoproj.io', application, '--type=merge'],
    ...['--patch', JSON.stringify(change)],
  ]);
}

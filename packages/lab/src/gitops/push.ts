import { argoCdUrl } from '../argocd/address.ts';
import { pushPayload, sendWebhook } from '../argocd/webhook.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { gitopsAddresses } from './addresses.ts';
import { commitAndPush, type LabRepository } from './repository.ts';
import { readWebhookSecret } from './webhook-secret.ts';

/** A commit that Argo CD has been told of. */
export interface Pushed {
  readonly revision: string;
  /** Milliseconds since 1970. */
  readonly committedAtMs: number;
  readonly toldAtMs: number;
}

/** Commits what stands in the work tree, pushes it and tells every cluster's Argo CD; undefined when nothing has changed. */
export async function pushWork(
  { plan, clusters }: { readonly plan: LabPlan; readonly clusters: readonly LabCluster[] },
  repository: LabRepository,
  subject: string,
): Promise<Pushed | undefined> {
  const committedAtMs = Date.now();
  const push = await commitAndPush(repository, subject);
  if (!push) return undefined;
  const body = pushPayload(gitopsAddresses(plan).repository, push);
  await Promise.all(clusters.map((cluster) => sendWebhook(argoCdUrl(cluster), readWebhookSecret(cluster), body)));
  return { revision: push.after, committedAtMs, toldAtMs: Date.now() };
}

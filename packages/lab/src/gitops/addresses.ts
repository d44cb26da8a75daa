import { gitopsPorts } from '../argocd/ports.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { repositoryName } from './repository.ts';

/** What stands in the place of a fleet's repository and of MetalLB's charts. */
export interface GitopsAddresses {
  readonly repository: string;
  readonly charts: string;
}

/** As Argo CD reaches them: beside the first cluster's control plane, on the address of kube-apiserver. */
export function gitopsAddresses({ clusters: [{ apiAddress }] }: Pick<LabPlan, 'clusters'>): GitopsAddresses {
  const server = `http://${apiAddress}:${String(gitopsPorts.git)}`;
  return { repository: `${server}/git/${repositoryName}`, charts: `${server}/charts` };
}

import type { LabPlan } from '../plan/lab-plan.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import type { LabCluster } from './lab-cluster.ts';
import type { Lab } from './lab.ts';
import type { BringUpProgress } from './progress.ts';
import type { Tools } from './tools.ts';

/** What everything that brings a lab up works with. */
export interface LabContext {
  readonly lab: Lab;
  readonly tools: Tools;
  readonly plan: LabPlan;
  readonly metallb: MetallbBackend;
  /** Argo CD brings everything from a repository; otherwise the lab applies the objects itself. */
  readonly gitops: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: BringUpProgress;
  readonly signal: AbortSignal | undefined;
}

/** What everything that brings one of its clusters up works with. */
export interface ClusterContext extends LabContext {
  readonly cluster: LabCluster;
}

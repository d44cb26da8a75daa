import { join } from 'node:path';
import type { Lab } from '../lab/lab.ts';
import type { NodePlan } from '../plan/lab-plan.ts';

export interface NodePaths {
  readonly state: string;
  readonly cni: string;
  /** Which pod has which address. */
  readonly addresses: string;
  readonly kubelet: string;
  readonly podLogs: string;
  /** Sockets and what mounts of pods stand in. */
  readonly run: string;
  readonly containerdSocket: string;
  /** Images and what containers write. */
  readonly containerdRoot: string;
}

export function nodePaths(lab: Lab, node: Pick<NodePlan, 'name'>): NodePaths {
  const state = join(lab.paths.state, 'nodes', node.name);
  const run = join(lab.paths.run, 'nodes', node.name);
  return {
    state,
    cni: join(state, 'cni'),
    addresses: join(state, 'addresses'),
    kubelet: join(state, 'kubelet'),
    podLogs: join(state, 'pod-logs'),
    run,
    containerdSocket: join(run, 'containerd.sock'),
    containerdRoot: join(state, 'containerd'),
  };
}

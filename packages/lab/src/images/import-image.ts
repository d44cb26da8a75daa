import { nodePaths } from '../cluster/node-paths.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab.ts';
import type { NodePlan } from '../plan/lab-plan.ts';
import type { Tools } from '../tools.ts';

/** Imports an archive into the runtime of a node, where the kubelet looks for images. */
export async function importImage(lab: Lab, tools: Tools, node: NodePlan, archive: string): Promise<void> {
  const { containerdSocket } = nodePaths(lab, node);
  await run(
    [
      tools.ctr,
      '--address',
      containerdSocket,
      '--namespace',
      'k8s.io',
      'images',
      'import',
      '--no-unpack=false',
      archive,
    ],
    { timeoutMs: 300_000 },
  );
}

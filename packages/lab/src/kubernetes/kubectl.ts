import { run, type RunOptions } from '../host/run.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { Tools } from '../lab/tools.ts';

/** A cluster, for its kubeconfig. */
type Target = Pick<LabCluster, 'paths'>;

/** Runs kubectl with a cluster's kubeconfig and returns what it prints. */
export function kubectl(
  cluster: Target,
  tools: Tools,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return run(kubectlCommand(cluster, tools, args), options);
}

/** The command line, for who looks at the exit status himself. */
export function kubectlCommand(
  { paths }: Target,
  tools: Pick<Tools, 'kubectl'>,
  args: readonly string[],
): [string, ...string[]] {
  return [tools.kubectl, `--kubeconfig=${paths.kubeconfig}`, ...args];
}

/** Applies objects, JSON or YAML text, as Argo CD does: by server-side apply (Kubernetes documentation). */
export function apply(
  cluster: Target,
  tools: Tools,
  objects: string | readonly object[],
  options: RunOptions = {},
): Promise<string> {
  const input = typeof objects === 'string' ? objects : objects.map((object) => JSON.stringify(object)).join('\n---\n');
  return kubectl(cluster, tools, ['apply', '--server-side', '--field-manager=meshrs-lab', '-f', '-'], {
    ...options,
    input,
  });
}

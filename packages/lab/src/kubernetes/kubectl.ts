import { run, type RunOptions } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';
import type { Tools } from '../lab/tools.ts';

/** Runs kubectl with the lab's kubeconfig and returns what it prints. */
export function kubectl(lab: Lab, tools: Tools, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return run([tools.kubectl, `--kubeconfig=${lab.paths.kubeconfig}`, ...args], options);
}

/** Applies objects, JSON or YAML text, as Argo CD does: by server-side apply (Kubernetes documentation). */
export function apply(
  lab: Lab,
  tools: Tools,
  objects: string | readonly object[],
  options: RunOptions = {},
): Promise<string> {
  const input = typeof objects === 'string' ? objects : objects.map((object) => JSON.stringify(object)).join('\n---\n');
  return kubectl(lab, tools, ['apply', '--server-side', '--field-manager=meshrs-lab', '-f', '-'], {
    ...options,
    input,
  });
}

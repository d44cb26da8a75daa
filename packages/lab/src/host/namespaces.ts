import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from './failure.ts';
import { run } from './run.ts';

/** Where `ip netns` mounts namespaces (ip-netns(8)). */
const folder = '/run/netns';

export function namespacePath(namespace: string): string {
  return join(folder, namespace);
}

/** The command, to be run inside a network namespace. `ip netns exec` would mount another /sys and hide the cgroups. */
export function inNamespace(namespace: string, argv: readonly string[]): [string, ...string[]] {
  return ['nsenter', `--net=${namespacePath(namespace)}`, '--', ...argv];
}

/** The same in the network namespace of a process, such as a pod's. */
export function inNetworkOf(pid: number, argv: readonly string[]): [string, ...string[]] {
  return ['nsenter', `--net=/proc/${String(pid)}/ns/net`, '--', ...argv];
}

/** The named namespaces whose names begin like this. */
export function listNamespaces(prefix: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(prefix))
      .sort();
  } catch (error) {
    // The folder comes with the first namespace.
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Identity of a named namespace: what /proc/<pid>/ns/net has, too. Undefined when it is only a name by now. */
export function namespaceInode(namespace: string): number | undefined {
  try {
    return statSync(namespacePath(namespace)).ino;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Runs lines of ip-batch(8) syntax, in one process; inside the namespace when one is named. */
export async function ipBatch(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const argv = ['ip', ...(namespace === undefined ? [] : ['-netns', namespace]), '-batch', '-'] as const;
  await run([argv[0], ...argv.slice(1)], { input: `${lines.join('\n')}\n` });
}

export async function deleteNamespace(namespace: string): Promise<void> {
  await run(['ip', 'netns', 'delete', namespace]);
}

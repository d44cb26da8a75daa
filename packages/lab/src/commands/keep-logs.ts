import { cpSync, existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { messageOf } from '../host/failure.ts';
import { tryRun } from '../host/run.ts';
import { listKubeconfigs } from '../lab/lab-cluster.ts';
import type { Lab } from '../lab/lab.ts';
import { stateRoot } from '../lab/paths.ts';
import type { Tools } from '../lab/tools.ts';

/** Where the logs of a lab go that did not come up or did not pass; the next one of its name removes them. */
export function failedLogs(lab: Lab): string {
  return join(stateRoot(lab.paths.repository), 'failed', lab.name);
}

/** Keeps what the daemons and pods of a lab have printed, and what its cluster says of them; returns the folder. */
export async function keepLogs(lab: Lab, tools: Tools): Promise<string | undefined> {
  if (!existsSync(lab.paths.logs)) return undefined;
  const kept = failedLogs(lab);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  const kubeconfigs = listKubeconfigs(lab);
  for (const kubeconfig of kubeconfigs) {
    const folder = kubeconfigs.length === 1 ? kept : join(kept, basename(dirname(kubeconfig)));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pods.txt'), await ask(kubeconfig, tools, ['pods', '--output=wide']));
    writeFileSync(join(folder, 'events.txt'), await ask(kubeconfig, tools, ['events', '--sort-by=.lastTimestamp']));
  }
  cpSync(lab.paths.logs, kept, { recursive: true });
  // nodes/NODE/pod-logs/POD/CONTAINER/0.log
  for (const folder of globSync('nodes/*/pod-logs/*', { cwd: lab.paths.state })) {
    cpSync(join(lab.paths.state, folder), join(kept, 'pods', basename(folder)), { recursive: true });
  }
  return kept;
}

/** A cluster that does not answer is part of what is kept. */
async function ask(kubeconfig: string, tools: Tools, what: readonly string[]): Promise<string> {
  const kubectl = [tools.kubectl, `--kubeconfig=${kubeconfig}`, '--request-timeout=10s'] as const;
  try {
    const { stdout, stderr } = await tryRun([...kubectl, 'get', ...what, '--all-namespaces'], { timeoutMs: 30_000 });
    return `${stdout}${stderr}`;
  } catch (error) {
    return `${messageOf(error)}\n`;
  }
}

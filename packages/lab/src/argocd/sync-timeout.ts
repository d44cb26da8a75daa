import { readFileSync } from 'node:fs';
import { listDaemons, startDaemon, stopDaemon } from '../lab/daemons.ts';
import { LabFailure } from '../host/failure.ts';
import { daemonName, type LabCluster } from '../lab/lab-cluster.ts';
import type { Part } from './upstream.ts';

const controller: Part = 'argocd-application-controller';
/** Upstream's manifest fills it from `controller.sync.timeout.seconds` of argocd-cmd-params-cm. */
const variable = 'ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT';

/**
 * Does something while Argo CD gives a sync so many seconds, and no more. Its controller reads that only when it starts, so
 * it is started anew, before and after.
 */
export async function withSyncTimeout<T>(cluster: LabCluster, seconds: number, work: () => Promise<T>): Promise<T> {
  const before = await restartController(cluster, String(seconds));
  try {
    return await work();
  } finally {
    await restartController(cluster, before);
  }
}

/** Returns the value that the variable had. */
async function restartController(cluster: LabCluster, value: string): Promise<string> {
  const { lab, plan } = cluster;
  const daemon = listDaemons(lab).find(({ name }) => name === daemonName(cluster, controller));
  const environment = daemon ? environmentOf(daemon.pid) : {};
  const before = environment[variable];
  if (!daemon || before === undefined) {
    throw new LabFailure({
      code: 'lab-half-dead',
      message: `${controller} does not run${daemon ? `, or not with ${variable}` : ''}.`,
      next: `meshrs lab down ${lab.name}, and bring it up again`,
    });
  }
  await stopDaemon(lab, daemon, { killAfterMs: 10_000 });
  const { name, argv } = daemon;
  startDaemon(lab, {
    name,
    namespace: plan.namespace,
    argv,
    env: { ...environment, [variable]: value },
  });
  return before;
}

/** The environment that a process was started with (proc(5), /proc/PID/environ). */
function environmentOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    readFileSync(`/proc/${String(pid)}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry.includes('='))
      .map((entry): [string, string] => {
        const equals = entry.indexOf('=');
        return [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
  );
}

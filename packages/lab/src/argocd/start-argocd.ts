import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { writeKubeconfig } from '../cluster/kubeconfig.ts';
import type { ClusterContext } from '../lab/context.ts';
import { assertRunning, cleanEnvironment, startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import { waitUntil } from '../host/wait.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { daemonName } from '../lab/lab-cluster.ts';
import type { Lab } from '../lab/lab.ts';
import { locateArgoCdTools } from '../lab/tools.ts';
import { argoCdUrl } from './address.ts';
import { gitopsPorts } from './ports.ts';
import { argoCdNamespace, environmentOf, parts, type ConfigMaps, type Part, type Upstream } from './upstream.ts';

/**
 * Starts Argo CD's parts as plain processes beside the control plane, each with its own ServiceAccount and with the
 * environment that upstream's manifest gives its pod. Its objects must be there.
 */
export async function startArgoCd(context: ClusterContext, upstream: Upstream, configMaps: ConfigMaps): Promise<void> {
  const { lab, cluster, env, signal } = context;
  const { namespace } = cluster.plan;
  const programs = locateArgoCdTools(lab.paths.repository, env);
  const folder = join(cluster.paths.state, 'argocd');
  for (const name of ['bin', 'home', 'redis', 'tmp']) mkdirSync(join(folder, name), { recursive: true });
  const bin = join(folder, 'bin');
  symlinkSync(programs['kustomize-5.7.0'], join(bin, 'kustomize'));
  symlinkSync(context.tools.helm, join(bin, 'helm'));
  const redis = startDaemon(lab, {
    name: daemonName(cluster, 'argocd-redis'),
    namespace,
    argv: [
      ...[programs['redis-server'], '--bind', '127.0.0.1', '--port', String(gitopsPorts.redis)],
      // As upstream's: nothing in it must outlive the process.
      ...['--save', '', '--appendonly', 'no', '--dir', join(folder, 'redis')],
    ],
  });
  const started = await Promise.all(
    parts.map(async (part): Promise<DaemonRecord> => {
      const workload = upstream.workloads.get(part);
      if (!workload) throw new RangeError(`upstream's install.yaml has no workload ${part}`);
      // Upstream's repo-server has no business with the API either.
      const isWithApi = part !== 'argocd-repo-server';
      return startDaemon(lab, {
        name: daemonName(cluster, part),
        namespace,
        argv: [
          ...withOwnTmp(lab, join(folder, 'tmp')),
          programs[part],
          ...(isWithApi ? [`--namespace=${argoCdNamespace}`] : []),
        ],
        env: {
          ...environmentOf(workload, configMaps),
          ...placesOf(folder),
          PATH: `${bin}:${cleanEnvironment.PATH}`,
          ...(isWithApi && { KUBECONFIG: await makeKubeconfig(context, part) }),
        },
      });
    }),
  );
  await waitUntil("Argo CD's server answers", () => answers(`${argoCdUrl(cluster)}/healthz`), {
    deadlineMs: 120_000,
    intervalMs: 250,
    signal,
    next: `read its log: meshrs lab logs ${lab.name} argocd-server`,
    check: () => {
      assertRunning(lab, [redis, ...started]);
    },
  });
}

/** The part's own ServiceAccount, with a token for as long as a lab may be up. */
async function makeKubeconfig({ cluster, tools }: ClusterContext, part: Part): Promise<string> {
  const args = ['--namespace', argoCdNamespace, 'create', 'token', part, '--duration=8760h'];
  const token = (await kubectl(cluster, tools, args)).trim();
  return writeKubeconfig(cluster, part, cluster.plan.apiAddress, { user: part, groups: [], token });
}

/** What upstream's pods have as volumes, and addresses that are Services there. */
function placesOf(folder: string): Record<string, string> {
  const local = (port: number): string => `127.0.0.1:${String(port)}`;
  return {
    HOME: join(folder, 'home'),
    KUBECACHEDIR: join(folder, 'home/kube-cache'),
    HELM_CACHE_HOME: join(folder, 'home/helm-cache'),
    HELM_CONFIG_HOME: join(folder, 'home/helm-config'),
    HELM_DATA_HOME: join(folder, 'home/helm-data'),
    ARGOCD_APP_CONF_PATH: join(folder, 'config'),
    ARGOCD_TLS_DATA_PATH: join(folder, 'config/tls'),
    ARGOCD_SSH_DATA_PATH: join(folder, 'config/ssh'),
    ARGOCD_GPG_ENABLED: 'false',
    // The destination https://kubernetes.default.svc, which only a pod can reach, is then what the kubeconfig says.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    REDIS_SERVER: local(gitopsPorts.redis),
    ARGOCD_APPLICATION_CONTROLLER_REPO_SERVER: local(gitopsPorts.repoServer),
    ARGOCD_SERVER_REPO_SERVER: local(gitopsPorts.repoServer),
  };
}

/**
 * Argo CD writes to fixed names under /tmp, which two labs would share: in a mount namespace of its own a part has
 * another /tmp, into which a repository that stands there is mounted again.
 */
function withOwnTmp({ paths }: Lab, folder: string): string[] {
  const script = [
    'case "$1" in /tmp/*) mkdir -p "$0${1#/tmp}" && mount --bind "$1" "$0${1#/tmp}" || exit 1;; esac',
    'mount --rbind "$0" /tmp && shift && exec "$@"',
  ].join('\n');
  return ['unshare', '--mount', '--', '/bin/sh', '-c', script, folder, paths.repository];
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    // Not there yet, which is what is asked.
    return false;
  }
}

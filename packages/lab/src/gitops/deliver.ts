import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Topology } from '@meshrs/topology';
import { describeApplication, listApplications } from '../argocd/applications.ts';
import { installArgoCd } from '../argocd/install.ts';
import { gitopsPorts } from '../argocd/ports.ts';
import type { ClusterContext, LabContext } from '../lab/context.ts';
import { startDaemon } from '../lab/daemons.ts';
import { labProgram } from '../lab/lab-program.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { daemonName, type LabCluster } from '../lab/lab-cluster.ts';
import { rollOutFile } from './roll-out-log.ts';
import { makeMetallbNamespace, waitForSpeakers } from '../metallb/install-metallb.ts';
import type { Passwords } from '../plan/passwords.ts';
import { waitForRouteServers } from '../route-servers/wait.ts';
import { treeOf } from '../route-servers/render.ts';
import { locateArgoCdTools } from '../lab/tools.ts';
import type { NamedTopology } from '../lab/read-topology.ts';
import { writeCurrentTopology } from './fleet.ts';
import { makeChartRepository } from './chart-repository.ts';
import { argoCdConfiguration } from './configuration.ts';
import { commitAndPush, makeRepository, replaceWork, repositoryOf, servedFolder } from './repository.ts';
import { waitForRefusal, whileWebhookRefuses } from './webhook-away.ts';
import { makeWebhookSecret } from './webhook-secret.ts';

/**
 * Makes the repository that stands for the fleet's own: the first commit is what the generator gives for the topology,
 * the second one the lab's overlay, so that `git show` prints the difference. Serves it, with MetalLB's charts.
 */
export async function serveRepository(
  context: LabContext,
  { topology }: NamedTopology,
  inLab: Topology,
): Promise<void> {
  const { lab, plan, tools, env } = context;
  const { git } = locateArgoCdTools(lab.paths.repository, env);
  const repository = repositoryOf(lab, git, topology.gitops.revision);
  await makeRepository(repository);
  replaceWork(repository, treeOf(lab, 'generated'));
  await commitAndPush(repository, 'as generated');
  replaceWork(repository, treeOf(lab, 'lab'));
  await commitAndPush(repository, "the lab's overlay");
  writeCurrentTopology(lab, inLab);
  await makeChartRepository(lab, tools, topology.metallb.chart.version);
  startDaemon(lab, {
    name: 'git-server',
    // Where gitopsAddresses says.
    namespace: plan.clusters[0].namespace,
    argv: labProgram(lab, 'gitops/git-server-main.ts', [servedFolder(lab), git, '0.0.0.0', String(gitopsPorts.git)]),
  });
}

/** Installs Argo CD, gives it the root Application, and waits until everything has come from the repository. */
export async function deliverByArgoCd(
  context: ClusterContext,
  api: KubernetesApi,
  { topology }: NamedTopology,
  passwords: Passwords,
): Promise<void> {
  const { lab, cluster, tools, progress } = context;
  const folder = join(treeOf(lab, 'lab'), 'clusters', cluster.plan.name);
  await makeMetallbNamespace(context, topology, passwords);
  await installArgoCd(context, api, argoCdConfiguration(folder), makeWebhookSecret(cluster));
  progress.done('Argo CD runs');
  startRollOutObserver(cluster, topology);
  await whileWebhookRefuses(context, async () => {
    const apply = ['apply', '--server-side', '--field-manager=meshrs-lab'];
    await kubectl(cluster, tools, [...apply, '-f', join(folder, 'bootstrap.yaml')]);
    await progress.step("a sync fails at MetalLB's webhook, which is not there yet", () =>
      waitForRefusal(context, api),
    );
  });
  await progress.step('every Application is synced and healthy', () => waitForApplications(context, api));
  await progress.step("MetalLB's speakers are Ready", () => waitForSpeakers(context, api, topology));
  await progress.step('route servers are Ready', () => waitForRouteServers(context, api, topology));
}

/** Starts what writes down how Applications and route servers change, from before the first one on. */
function startRollOutObserver(cluster: LabCluster, { routeServers }: Topology): void {
  const { lab, plan } = cluster;
  mkdirSync(dirname(rollOutFile(lab)), { recursive: true });
  // Made, and never emptied: every cluster's observer writes to it.
  writeFileSync(rollOutFile(lab), '', { flag: 'a' });
  startDaemon(lab, {
    name: daemonName(cluster, 'roll-out-observer'),
    namespace: plan.namespace,
    argv: labProgram(lab, 'gitops/observer-main.ts', [
      lab.paths.repository,
      lab.name,
      plan.name,
      routeServers.namespace,
    ]),
  });
}

/** Waits until Argo CD says of every Application that it is Synced and Healthy, with no operation under way. */
export async function waitForApplications(
  { signal }: Pick<ClusterContext, 'signal'>,
  api: KubernetesApi,
): Promise<void> {
  let seen = '';
  await waitUntil(
    'every Application is synced and healthy',
    async () => {
      const applications = await listApplications(api);
      seen = applications.map(describeApplication).join('\n           ') || 'no Applications';
      return (
        applications.length > 1 &&
        applications.every(
          ({ sync, health, operation }) =>
            sync === 'Synced' && health === 'Healthy' && operation?.finishedAt !== undefined,
        )
      );
    },
    {
      deadlineMs: 420_000,
      intervalMs: 500,
      signal,
      next: 'read the log of argocd-application-controller: meshrs lab logs LAB argocd-application-controller',
      seen: () => seen,
    },
  );
}

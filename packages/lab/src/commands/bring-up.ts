import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { changeRoutes, startClients } from '../clients/make-clients.ts';
import { waitForSessions } from '../clients/wait-for-sessions.ts';
import { startCluster, startNodes } from '../cluster/make-cluster.ts';
import type { ClusterContext } from '../lab/context.ts';
import { makeFabricNetwork, startRouters } from '../fabric/make-fabric.ts';
import { moduleFolder } from '../go/module-folder.ts';
import { gitopsAddresses } from '../gitops/addresses.ts';
import { gitopsTopology } from '../gitops/gitops-topology.ts';
import { addLabValues } from '../gitops/lab-values.ts';
import { deliverByArgoCd, serveRepository } from '../gitops/deliver.ts';
import { gobgpConnector } from '../gobgp/client.ts';
import { assertRunning, listDaemons } from '../lab/daemons.ts';
import { makeNamespaces } from '../host/make-namespaces.ts';
import { together } from '../host/together.ts';
import { containerImages } from '../images/container-images.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { isNoHook, type RenderedObject } from '../kubernetes/objects.ts';
import { installMetallb, waitForSpeakers, waitForWebhook } from '../metallb/install-metallb.ts';
import { writeMadeOf } from '../open-lab/made-of.ts';
import { startObservers } from '../observe/start-observers.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { applyMetallbObjects, applyWorkloads } from '../route-servers/install.ts';
import { labTopology } from '../route-servers/lab-topology.ts';
import { renderRouteServers, type RouteServerObjects } from '../route-servers/render.ts';
import { waitForRouteServers } from '../route-servers/wait.ts';
import type { NamedTopology } from '../lab/read-topology.ts';

/** Makes a lab, from namespaces to established sessions. */
export async function bringUp(context: ClusterContext, named: NamedTopology): Promise<void> {
  const { lab, plan, progress } = context;
  const { topology } = named;
  mkdirSync(lab.paths.state, { recursive: true, mode: 0o700 });
  writeMadeOf(lab, { topologyText: named.text, metallb: context.metallb, gitops: context.gitops });
  const password = randomBytes(12).toString('base64url');
  const gobgpModule = await moduleFolder('gobgp');
  const connectTo = gobgpConnector(gobgpModule);
  await makeNamespaces(allNamespaces(plan));
  await makeFabricNetwork(plan, topology);
  progress.done('namespaces, links and addresses are made');
  await together(context.signal, [
    (signal) => bringUpCluster({ ...context, signal }, named, password),
    async () => {
      await progress.step('routers run', () => startRouters(lab, plan, topology, password));
      await progress.step('clients run', () => startClients(lab, context.tools, plan, topology));
      startObservers(lab, context.tools, plan, gobgpModule);
      await progress.step('clients have their routes', () =>
        changeRoutes(lab, plan, connectTo, 'announce', 'all-sides'),
      );
    },
  ]);
  await progress.step('every client has a session with every side', () =>
    waitForSessions(context, topology, connectTo),
  );
  assertRunning(lab, listDaemons(lab));
}

async function bringUpCluster(context: ClusterContext, named: NamedTopology, password: string): Promise<void> {
  const { progress } = context;
  const [{ api, accounts }, { objects, differences, differencesFile }] = await Promise.all([
    startCluster(context),
    renderForLab(context, named),
  ]);
  const fields = differences.reduce((sum, { paths }) => sum + Math.max(1, paths.length), 0);
  progress.done(`the lab's overlay changes ${String(fields)} fields of the generated objects: ${differencesFile}`);
  await together(context.signal, [
    (signal) => startNodes({ ...context, signal }, api, accounts),
    (signal) =>
      context.gitops
        ? deliverByArgoCd({ ...context, signal }, api, named, password)
        : applyObjects({ ...context, signal }, api, named, objects, password),
  ]);
}

async function renderForLab(context: ClusterContext, named: NamedTopology): Promise<RouteServerObjects> {
  const { lab, tools, plan, metallb } = context;
  const { topology, file } = named;
  const { name: cluster } = plan.cluster;
  const images = containerImages(lab.paths.repository);
  const inLab = labTopology(topology, { agent: images.agent.name, frr: images.frr.name });
  const fleet = { file, topology, cluster };
  // Without Argo CD nobody runs its hooks.
  if (!context.gitops) return renderRouteServers(lab, tools, fleet, { topology: inLab, isWanted: isNoHook });
  const committed = gitopsTopology(inLab, gitopsAddresses(plan.cluster), metallb);
  const rendered = await renderRouteServers(lab, tools, fleet, {
    topology: committed,
    editTree: (root) => {
      addLabValues(join(root, 'clusters', cluster), metallb);
    },
    isWanted: () => true,
  });
  await serveRepository(context, named, committed);
  return rendered;
}

/** The lab's own way: what Argo CD would apply, without it. */
async function applyObjects(
  context: ClusterContext,
  api: KubernetesApi,
  { topology }: NamedTopology,
  objects: readonly RenderedObject[],
  password: string,
): Promise<void> {
  const { progress } = context;
  await installMetallb(context, topology, password);
  await applyWorkloads(context, objects);
  await together(context.signal, [
    async (signal) => {
      const inner = { ...context, signal };
      await progress.step("MetalLB's webhook answers", () => waitForWebhook(inner, topology));
      await applyMetallbObjects(inner, objects);
      await progress.step("MetalLB's speakers are Ready", () => waitForSpeakers(inner, api, topology));
    },
    (signal) =>
      progress.step('route servers are Ready', () => waitForRouteServers({ ...context, signal }, api, topology)),
  ]);
}

function allNamespaces(plan: LabPlan): string[] {
  return [plan.cluster, plan.core, ...plan.nodes, ...plan.routers, ...plan.clients].map(({ namespace }) => namespace);
}

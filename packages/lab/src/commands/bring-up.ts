import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Topology } from '@meshrs/topology';
import { changeRoutes, startClients } from '../clients/make-clients.ts';
import { waitForSessions } from '../clients/wait-for-sessions.ts';
import { startCluster, startNodes } from '../cluster/make-cluster.ts';
import type { ClusterContext, LabContext } from '../lab/context.ts';
import { labCluster } from '../lab/lab-cluster.ts';
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
import { makePasswords, type Passwords } from '../plan/passwords.ts';
import { writeMadeOf } from '../open-lab/made-of.ts';
import { startObservers } from '../observe/start-observers.ts';
import { nodesOf, type LabPlan } from '../plan/lab-plan.ts';
import { applyMetallbObjects, applyWorkloads } from '../route-servers/install.ts';
import { labTopology } from '../route-servers/lab-topology.ts';
import { renderRouteServers, type FleetFile, type RouteServerObjects } from '../route-servers/render.ts';
import { waitForRouteServers } from '../route-servers/wait.ts';
import type { NamedTopology } from '../lab/read-topology.ts';

/** Makes a lab, from namespaces to established sessions. */
export async function bringUp(context: LabContext, named: NamedTopology): Promise<void> {
  const { lab, plan, progress } = context;
  const { topology } = named;
  mkdirSync(lab.paths.state, { recursive: true, mode: 0o700 });
  writeMadeOf(lab, { topologyText: named.text, metallb: context.metallb, gitops: context.gitops });
  const passwords = makePasswords(topology);
  const gobgpModule = await moduleFolder('gobgp');
  const connectTo = gobgpConnector(gobgpModule);
  await makeNamespaces(allNamespaces(plan));
  await makeFabricNetwork(plan, topology);
  progress.done('namespaces, links and addresses are made');
  await together(context.signal, [
    (signal) => bringUpClusters({ ...context, signal }, named, passwords),
    async () => {
      await progress.step('routers run', () => startRouters(lab, plan, topology, passwords));
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

async function bringUpClusters(context: LabContext, named: NamedTopology, passwords: Passwords): Promise<void> {
  const rendered = renderForLab(context, named);
  await together(
    context.signal,
    context.plan.clusters.map((plan) => (signal) => {
      const cluster = labCluster(context.lab, plan);
      return bringUpCluster({ ...context, cluster, signal }, named, rendered, passwords);
    }),
  );
}

async function bringUpCluster(
  context: ClusterContext,
  named: NamedTopology,
  rendered: Promise<RouteServerObjects>,
  passwords: Passwords,
): Promise<void> {
  const [{ api, accounts }, { objects }] = await Promise.all([startCluster(context), rendered]);
  await together(context.signal, [
    (signal) => startNodes({ ...context, signal }, api, accounts),
    (signal) =>
      context.gitops
        ? deliverByArgoCd({ ...context, signal }, api, named, passwords)
        : applyObjects({ ...context, signal }, api, named, objects.get(context.cluster.plan.name) ?? [], passwords),
  ]);
}

async function renderForLab(context: LabContext, named: NamedTopology): Promise<RouteServerObjects> {
  const { progress } = context;
  const rendered = await (context.gitops ? renderAndServe(context, named) : renderToApply(context, named));
  const { differences, differencesFile } = rendered;
  const fields = differences.reduce((sum, { paths }) => sum + Math.max(1, paths.length), 0);
  progress.done(`the lab's overlay changes ${String(fields)} fields of the generated objects: ${differencesFile}`);
  return rendered;
}

/** Without Argo CD nobody runs its hooks. */
function renderToApply(context: LabContext, named: NamedTopology): Promise<RouteServerObjects> {
  const { lab, tools, plan } = context;
  const inLab = asInLab(context, named.topology);
  return renderRouteServers(lab, tools, fleetOf(plan, named), { topology: inLab, isWanted: isNoHook });
}

async function renderAndServe(context: LabContext, named: NamedTopology): Promise<RouteServerObjects> {
  const { lab, tools, plan, metallb } = context;
  const fleet = fleetOf(plan, named);
  const committed = gitopsTopology(asInLab(context, named.topology), gitopsAddresses(plan));
  const rendered = await renderRouteServers(lab, tools, fleet, {
    topology: committed,
    editTree: (root) => {
      for (const cluster of fleet.clusters) addLabValues(join(root, 'clusters', cluster), metallb);
    },
    isWanted: () => true,
  });
  await serveRepository(context, named, committed);
  return rendered;
}

function asInLab({ lab, metallb }: LabContext, topology: Topology): Topology {
  const images = containerImages(lab.paths.repository);
  return labTopology(topology, { agent: images.agent.name, frr: images.frr.name }, metallb);
}

function fleetOf(plan: LabPlan, { file, topology }: NamedTopology): FleetFile & { readonly topology: Topology } {
  return { file, topology, clusters: plan.clusters.map(({ name }) => name) };
}

/** The lab's own way: what Argo CD would apply, without it. */
async function applyObjects(
  context: ClusterContext,
  api: KubernetesApi,
  { topology }: NamedTopology,
  objects: readonly RenderedObject[],
  passwords: Passwords,
): Promise<void> {
  const { progress } = context;
  await installMetallb(context, topology, passwords);
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
  return [...plan.clusters, plan.core, ...nodesOf(plan), ...plan.routers, ...plan.clients].map(
    ({ namespace }) => namespace,
  );
}

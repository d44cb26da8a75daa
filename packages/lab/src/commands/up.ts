import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { announceRoutes, startClients } from '../clients/make-clients.ts';
import { startCluster, startNodes, type ClusterContext } from '../cluster/make-cluster.ts';
import { makeFabricNetwork, startRouters } from '../fabric/make-fabric.ts';
import { LabFailure } from '../failure.ts';
import { gobgpConnector } from '../gobgp/client.ts';
import { moduleFolder } from '../go/module-folder.ts';
import { findHierarchies } from '../host/cgroups.ts';
import { assertRunning, listDaemons } from '../host/daemons.ts';
import { makeNamespaces } from '../host/make-namespaces.ts';
import { together } from '../host/together.ts';
import { labOf } from '../lab.ts';
import { installMetallb, waitForSpeakers, waitForWebhook } from '../metallb/install-metallb.ts';
import { claim, readCondition, refusal, setPhase } from '../ownership.ts';
import { planLab, type LabPlan } from '../plan/lab-plan.ts';
import { chooseRanges } from '../plan/ranges.ts';
import type { LabTerminal } from '../terminal.ts';
import { locateTools } from '../tools.ts';
import { assertLabName, assertLinuxRoot, assertRoom, lookAtMachine } from './preflight.ts';
import { startProgress } from './progress.ts';
import { findRepository, readNamedTopology, type NamedTopology } from './read-topology.ts';
import { keepLogs, takeDown } from './take-down.ts';

export interface UpOptions {
  /** Name of a file under topologies/, or its path. */
  readonly topology: string;
  /** Name of the lab; left out: the topology's. */
  readonly name?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** `meshrs lab up TOPOLOGY`: everything, from namespaces to established sessions; nothing of it stays when it fails. */
export async function labUp(terminal: LabTerminal, options: UpOptions): Promise<void> {
  assertLinuxRoot({ platform: process.platform, userId: process.getuid?.() });
  const repository = findRepository(terminal.cwd);
  const named = readNamedTopology(repository, terminal.cwd, options.topology);
  const name = options.name ?? named.name;
  assertLabName(name);
  const plan = planOrFail(name, named);
  const tools = locateTools(repository, options.env);
  const lab = labOf(repository, name, findHierarchies());
  assertRoom(lookAtMachine(repository), {
    nodes: plan.nodes.length,
    speakers: plan.routers.length + plan.clients.length + 1,
  });
  const refused = refusal(lab, readCondition(lab));
  if (refused) throw refused;
  claim(lab, named.file);
  const progress = startProgress(terminal);
  try {
    await bringUp({ lab, tools, plan, progress, signal: options.signal }, named);
    setPhase(lab, named.file, 'up');
  } catch (error) {
    terminal.writeError('The lab does not come up; taking it down again.\n');
    const logs = keepLogs(lab);
    await takeDown(lab);
    if (logs !== undefined) terminal.writeError(`The logs are kept in ${logs}.\n`);
    throw error;
  }
  terminal.writeOut(`The lab "${name}" is up after ${progress.seconds().toFixed(0)} s.\n`);
}

async function bringUp(context: ClusterContext, named: NamedTopology): Promise<void> {
  const { lab, plan, progress } = context;
  mkdirSync(lab.paths.state, { recursive: true, mode: 0o700 });
  writeFileSync(join(lab.paths.state, 'topology.yaml'), named.text);
  const { topology } = named;
  const password = randomBytes(12).toString('base64url');
  await makeNamespaces(allNamespaces(plan));
  await makeFabricNetwork(plan, topology);
  progress.done('namespaces, links and addresses are made');
  await together(context.signal, [
    async (signal) => {
      const inner = { ...context, signal };
      const { api, accounts } = await startCluster(inner);
      await Promise.all([startNodes(inner, api, accounts), installMetallb(inner, topology, 'native', password)]);
      await progress.step("MetalLB's webhook answers", () => waitForWebhook(inner, topology));
      await progress.step("MetalLB's speakers are Ready", () => waitForSpeakers(inner, api, topology));
    },
    async () => {
      await progress.step('routers run', () => startRouters(lab, plan, topology, password));
      await progress.step('clients run', () => startClients(lab, context.tools, plan, topology));
      await announceRoutes(lab, plan, gobgpConnector(await moduleFolder('gobgp')));
      progress.done('clients have their routes');
    },
  ]);
  assertRunning(lab, listDaemons(lab));
}

function allNamespaces(plan: LabPlan): string[] {
  return [plan.cluster, plan.core, ...plan.nodes, ...plan.routers, ...plan.clients].map(({ namespace }) => namespace);
}

function planOrFail(name: string, { file, topology }: NamedTopology): LabPlan {
  const planned = planLab(name, topology, chooseRanges(topology));
  if ('plan' in planned) return planned.plan;
  throw new LabFailure({
    code: 'topology-unfit',
    message: `${file} cannot be brought up in a lab: ${planned.obstacles.map(({ message }) => message).join(' ')}`,
    next: planned.obstacles.map(({ next }) => next).join('; '),
  });
}

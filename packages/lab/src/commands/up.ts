import { rmSync } from 'node:fs';
import { LabFailure } from '../host/failure.ts';
import { findHierarchies } from '../host/cgroups.ts';
import { containerImages, ensureImage } from '../images/container-images.ts';
import { labOf } from '../lab/lab.ts';
import { backendObstacles, type MetallbBackend } from '../plan/metallb-backend.ts';
import { claim, readCondition, refusal, setPhase } from '../lab/ownership.ts';
import { nodesOf, planLab, type LabPlan } from '../plan/lab-plan.ts';
import { chooseRanges } from '../plan/ranges.ts';
import { assertFresh, generatedFiles } from '../route-servers/render.ts';
import type { LabTerminal } from '../lab/terminal.ts';
import { locateArgoCdTools, locateTools } from '../lab/tools.ts';
import { bringUp } from './bring-up.ts';
import { failedLogs, keepLogs } from './keep-logs.ts';
import { assertLabName, assertLinuxRoot, assertRoom, lookAtMachine } from './preflight.ts';
import { startProgress } from '../lab/progress.ts';
import { findRepository, readNamedTopology, type NamedTopology } from '../lab/read-topology.ts';
import { takeDown } from './take-down.ts';

export interface UpOptions {
  /** Name of a file under topologies/, or its path. */
  readonly topology: string;
  /** Name of the lab; left out: the topology's. */
  readonly name?: string | undefined;
  /** MetalLB's BGP implementation; left out: native, the quickest. */
  readonly metallb?: MetallbBackend | undefined;
  /** Argo CD brings everything from a repository of the lab's own; left out: the lab applies the objects itself. */
  readonly gitops?: boolean | undefined;
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
  const { metallb = 'native' } = options;
  const plan = planOrFail(name, named, metallb);
  const files = generatedFiles(repository, named.file, named.topology);
  // Only what stands in topologies/ has a generated tree.
  if (named.file.startsWith('topologies/')) assertFresh(repository, named.file, files);
  const tools = locateTools(repository, options.env);
  if (options.gitops === true) locateArgoCdTools(repository, options.env);
  const lab = labOf(repository, name, findHierarchies());
  assertRoom(lookAtMachine(repository), {
    nodes: nodesOf(plan).length,
    speakers: plan.routers.length + plan.clients.length + 1,
    hasArgoCd: options.gitops === true,
  });
  const refused = refusal(lab, readCondition(lab));
  if (refused) throw refused;
  for (const image of Object.values(containerImages(repository))) {
    if (await ensureImage(repository, image, options.signal)) terminal.writeError(`built the image ${image.name}\n`);
  }
  claim(lab, named.file);
  rmSync(failedLogs(lab), { recursive: true, force: true });
  const progress = startProgress(terminal);
  try {
    const { env, signal, gitops = false } = options;
    await bringUp({ lab, tools, plan, metallb, gitops, env, progress, signal }, named);
    setPhase(lab, named.file, 'up');
  } catch (error) {
    terminal.writeError('The lab does not come up; taking it down again.\n');
    const logs = await keepLogs(lab, tools);
    await takeDown(lab);
    if (logs !== undefined)
      terminal.writeError(`The logs are kept in ${logs}; "meshrs lab logs ${name}" lists them.\n`);
    throw error;
  }
  terminal.writeOut(`The lab "${name}" is up after ${progress.seconds().toFixed(0)} s.\n`);
}

function planOrFail(name: string, { file, topology }: NamedTopology, metallb: MetallbBackend): LabPlan {
  const planned = planLab(name, topology, chooseRanges(topology));
  const obstacles = [...('plan' in planned ? [] : planned.obstacles), ...backendObstacles(metallb, topology)];
  if ('plan' in planned && obstacles.length === 0) return planned.plan;
  throw new LabFailure({
    code: 'topology-unfit',
    message: `${file} cannot be brought up in a lab: ${obstacles.map(({ message }) => message).join(' ')}`,
    next: obstacles.map(({ next }) => next).join('; '),
  });
}

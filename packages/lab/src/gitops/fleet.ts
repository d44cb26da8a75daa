import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Topology } from '@meshrs/topology';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { Lab } from '../lab/lab.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { treeOf, writeVariant } from '../route-servers/render.ts';
import { addLabValues } from './lab-values.ts';
import { pushWork, type Pushed } from './push.ts';
import { replaceWork, servedFolder, type LabRepository } from './repository.ts';

/** What is committed in a lab with Argo CD. */
export interface CommittedFleet {
  readonly lab: Lab;
  readonly plan: LabPlan;
  readonly clusters: readonly LabCluster[];
  readonly metallb: MetallbBackend;
  /** Path of the topology. */
  readonly file: string;
  readonly repository: LabRepository;
}

/** What the repository's last good commit was generated from. */
export function readCurrentTopology(lab: Lab): Topology {
  // Written below, by the same program.
  return JSON.parse(readFileSync(currentFile(lab), 'utf8')) as Topology;
}

export function writeCurrentTopology(lab: Lab, topology: Topology): void {
  writeFileSync(currentFile(lab), JSON.stringify(topology));
}

/** Does what a user does: changes the topology, generates, commits; undefined when nothing comes of it. */
export function pushTopology(
  fleet: CommittedFleet,
  subject: string,
  change: (topology: Topology) => Topology,
): Promise<Pushed | undefined> {
  const topology = change(readCurrentTopology(fleet.lab));
  writeCurrentTopology(fleet.lab, topology);
  return pushEdit(fleet, subject, () => undefined);
}

/** Commits what is generated with an edit by hand over it, as one could past the generator. */
export function pushEdit(
  fleet: CommittedFleet,
  subject: string,
  edit: (root: string) => void,
): Promise<Pushed | undefined> {
  const { lab, plan, file, repository, metallb } = fleet;
  const clusters = plan.clusters.map(({ name }) => name);
  const root = treeOf(lab, 'lab');
  writeVariant(lab, { file, clusters }, 'lab', readCurrentTopology(lab));
  for (const cluster of clusters) addLabValues(join(root, 'clusters', cluster), metallb);
  edit(root);
  replaceWork(repository, root);
  return pushWork(fleet, repository, subject);
}

function currentFile(lab: Lab): string {
  return join(servedFolder(lab), 'topology.json');
}

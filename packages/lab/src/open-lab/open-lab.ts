import { readTopology, type Topology } from '@meshrs/topology';
import { connect } from '../cluster/connect.ts';
import { LabFailure } from '../host/failure.ts';
import { moduleFolder } from '../go/module-folder.ts';
import { gobgpConnector, type GobgpClient } from '../gobgp/client.ts';
import type { CommittedFleet } from '../gitops/fleet.ts';
import { repositoryOf } from '../gitops/repository.ts';
import { labCluster } from '../lab/lab-cluster.ts';
import type { Lab } from '../lab/lab.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import { planLab, type LabPlan } from '../plan/lab-plan.ts';
import { chooseRanges } from '../plan/ranges.ts';
import { locateArgoCdTools, locateTools, type Tools } from '../lab/tools.ts';
import { findLab } from './find-lab.ts';
import type { OpenCluster } from './open-cluster.ts';
import { readMadeOf } from './made-of.ts';

/** A lab that is up, with everything that is needed to look at it. */
export interface OpenLab {
  readonly lab: Lab;
  /** Path of the topology it was made of; what follows is what that file said then. */
  readonly topologyFile: string;
  readonly topology: Topology;
  readonly plan: LabPlan;
  readonly metallb: MetallbBackend;
  /** From which Argo CD brings everything; undefined in a lab without it. */
  readonly fleet: CommittedFleet | undefined;
  readonly tools: Tools;
  readonly clusters: readonly OpenCluster[];
  readonly connectTo: (socket: string) => GobgpClient;
}

export async function openLab(repository: string, name: string, env: NodeJS.ProcessEnv): Promise<OpenLab> {
  const { lab, topologyFile } = findLab(repository, name);
  const { topologyText, metallb, gitops } = readMadeOf(lab);
  const { topology } = readTopology(topologyFile, topologyText);
  const planned = topology && planLab(name, topology, chooseRanges(topology));
  if (!topology || !planned || !('plan' in planned)) {
    throw new LabFailure({
      code: 'lab-half-dead',
      message: `The lab "${name}" was made by another version of meshrs: its topology cannot be read any more.`,
      next: `meshrs lab down ${name}, and bring it up again`,
    });
  }
  const { plan } = planned;
  const clusters = plan.clusters.map((one): OpenCluster => {
    const cluster = labCluster(lab, one);
    return { ...cluster, api: connect(cluster) };
  });
  return {
    lab,
    topologyFile,
    topology,
    plan,
    metallb,
    fleet: gitops
      ? {
          lab,
          plan,
          clusters,
          metallb,
          file: topologyFile,
          repository: repositoryOf(lab, locateArgoCdTools(repository, env).git, topology.gitops.revision),
        }
      : undefined,
    tools: locateTools(repository, env),
    clusters,
    connectTo: gobgpConnector(await moduleFolder('gobgp')),
  };
}

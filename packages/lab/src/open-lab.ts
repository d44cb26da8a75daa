import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology, type Topology } from '@meshrs/topology';
import { z } from 'zod';
import { connect } from './cluster/connect.ts';
import { LabFailure } from './failure.ts';
import { moduleFolder } from './go/module-folder.ts';
import { gobgpConnector, type GobgpClient } from './gobgp/client.ts';
import type { Fleet } from './gitops/fleet.ts';
import { repositoryOf } from './gitops/repository.ts';
import { findHierarchies } from './host/cgroups.ts';
import type { KubernetesApi } from './kubernetes/api.ts';
import { labOf, type Lab } from './lab.ts';
import { metallbBackends, type MetallbBackend } from './metallb/backend.ts';
import { readCondition, refusal } from './ownership.ts';
import { planLab, type LabPlan } from './plan/lab-plan.ts';
import { chooseRanges } from './plan/ranges.ts';
import { locateArgoCdTools, locateTools, type Tools } from './tools.ts';

/** A lab that is up, with everything that is needed to look at it. */
export interface OpenLab {
  readonly lab: Lab;
  /** Path of the topology it was made of; what follows is what that file said then. */
  readonly topologyFile: string;
  readonly topology: Topology;
  readonly plan: LabPlan;
  readonly metallb: MetallbBackend;
  /** From which Argo CD brings everything; undefined in a lab without it. */
  readonly fleet: Fleet | undefined;
  readonly tools: Tools;
  readonly api: KubernetesApi;
  readonly connectTo: (socket: string) => GobgpClient;
}

export async function openLab(repository: string, name: string, env: NodeJS.ProcessEnv): Promise<OpenLab> {
  const { lab, topologyFile } = findLab(repository, name);
  const { topology } = readTopology(topologyFile, readFileSync(join(lab.paths.state, 'topology.yaml'), 'utf8'));
  const planned = topology && planLab(name, topology, chooseRanges(topology));
  if (!topology || !planned || !('plan' in planned)) {
    throw new LabFailure({
      code: 'lab-half-dead',
      message: `The lab "${name}" was made by another version of meshrs: its topology cannot be read any more.`,
      next: `meshrs lab down ${name}, and bring it up again`,
    });
  }
  const { metallb, gitops } = readSettings(lab);
  return {
    lab,
    topologyFile,
    topology,
    plan: planned.plan,
    metallb,
    fleet: gitops
      ? {
          lab,
          plan: planned.plan,
          metallb,
          file: topologyFile,
          repository: repositoryOf(lab, locateArgoCdTools(repository, env).git, topology.gitops.revision),
        }
      : undefined,
    tools: locateTools(repository, env),
    api: connect(lab),
    connectTo: gobgpConnector(await moduleFolder('gobgp')),
  };
}

const settingsSchema = z.object({ metallb: z.enum(metallbBackends), gitops: z.boolean() });

function readSettings(lab: Lab): z.output<typeof settingsSchema> {
  return settingsSchema.parse(JSON.parse(readFileSync(join(lab.paths.state, 'settings.json'), 'utf8')));
}

/** The lab of that name, which must be up and belong to this clone. */
export function findLab(repository: string, name: string): { lab: Lab; topologyFile: string } {
  const lab = labOf(repository, name, findHierarchies());
  const condition = readCondition(lab);
  if (condition.kind === 'absent') {
    throw new LabFailure({
      code: 'lab-not-up',
      message: `There is no lab "${name}".`,
      next: 'bring it up: meshrs lab up TOPOLOGY',
    });
  }
  if (condition.kind !== 'up') throw refusal(lab, condition) ?? new Error('A lab that is not up refuses.');
  if (condition.owner.repository !== repository) {
    throw new LabFailure({
      code: 'lab-not-up',
      message: `The lab "${name}" belongs to ${condition.owner.repository}.`,
      next: `run the command there: cd ${condition.owner.repository}`,
    });
  }
  return { lab, topologyFile: condition.owner.topology };
}

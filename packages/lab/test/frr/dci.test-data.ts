import { frrClients } from '../../src/clients/make-clients.ts';
import { fabricInstances } from '../../src/fabric/make-fabric.ts';
import type { FrrInstance } from '../../src/frr/start-frr.ts';
import { planLab } from '../../src/plan/lab-plan.ts';
import { chooseRanges } from '../../src/plan/ranges.ts';
import { dci } from '../../src/plan/topologies.test-data.ts';

/** What FRR of the lab is told for topologies/dci.yaml; `folder` is where clients write what they see. */
export function dciInstances(folder: string): readonly FrrInstance[] {
  const topology = dci();
  const result = planLab('dci', topology, chooseRanges(topology));
  if (!('plan' in result)) throw new Error(JSON.stringify(result.obstacles));
  return [
    ...fabricInstances(
      result.plan,
      topology,
      new Map([
        ['a', '-_Abc123'],
        ['b', '-_Abc456'],
      ]),
    ),
    ...frrClients(result.plan, topology, (client) => `${folder}/${client}.mrt`),
  ];
}

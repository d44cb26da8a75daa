import { findHierarchies } from '../host/cgroups.ts';
import { LabFailure } from '../host/failure.ts';
import { labOf, type Lab } from '../lab/lab.ts';
import { readCondition, refusal } from '../lab/ownership.ts';

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

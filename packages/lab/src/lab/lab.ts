import type { CgroupHierarchies } from '../host/cgroups.ts';
import { cgroupName } from '../plan/names.ts';
import { labPaths, type LabPaths } from './paths.ts';

/** A lab on this machine: its name, its places, and how its parts are held together. */
export interface Lab {
  readonly name: string;
  readonly paths: LabPaths;
  readonly hierarchies: CgroupHierarchies;
  /** Name of its cgroup in each hierarchy. */
  readonly cgroup: string;
}

export function labOf(repository: string, name: string, hierarchies: CgroupHierarchies): Lab {
  return { name, paths: labPaths(repository, name), hierarchies, cgroup: cgroupName(name) };
}

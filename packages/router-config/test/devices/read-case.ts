import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology, type System, type Topology } from '@meshrs/topology';

/** Each folder is a case: a topology, and beside it the files of its routers and clients. */
export const casesFolder = join(import.meta.dirname, 'cases');

export const cases = readdirSync(casesFolder).sort();

export function readCase(name: string): Topology {
  const file = join(casesFolder, name, 'topology.yaml');
  const { topology, issues } = readTopology(file, readFileSync(file, 'utf8'));
  if (!topology) throw new Error(`${file}: ${JSON.stringify(issues)}`);
  return topology;
}

/** Paths of the files of a system, of all cases. */
export function goldenFiles(system: System): string[] {
  return cases.flatMap((name) => {
    const folder = join(casesFolder, name, 'expected');
    return readdirSync(folder)
      .filter((file) => file.split('.').at(-2) === system)
      .sort()
      .map((file) => join(folder, file));
  });
}

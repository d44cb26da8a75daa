import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology, type Topology } from '@meshrs/topology';

/** Each folder is a case: a topology, and beside it the files of its routers and clients. */
export const casesFolder = join(import.meta.dirname, 'cases');

export const cases = readdirSync(casesFolder).sort();

export function readCase(name: string): Topology {
  const file = join(casesFolder, name, 'topology.yaml');
  const { topology, issues } = readTopology(file, readFileSync(file, 'utf8'));
  if (!topology) throw new Error(`${file}: ${JSON.stringify(issues)}`);
  return topology;
}

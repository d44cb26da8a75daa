import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology, type Topology } from '@meshrs/topology';

/** The shipped topology, with something exchanged in its text. */
export function dci(change: (text: string) => string = (text) => text): Topology {
  return readShipped('dci', change);
}

export function readShipped(name: string, change: (text: string) => string = (text) => text): Topology {
  const file = join(import.meta.dirname, '../../../../topologies', `${name}.yaml`);
  const { topology, issues } = readTopology(file, change(readFileSync(file, 'utf8')));
  if (!topology) throw new Error(`The sample is wrong: ${JSON.stringify(issues, null, 2)}`);
  return topology;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTopology, type ReadTopologyOptions, type Topology } from '@meshrs/topology';

/** The shipped topology, with something exchanged in its text. */
export function dci(change: (text: string) => string = (text) => text): Topology {
  return read('topologies/dci.yaml', change);
}

/** The same fleet on two clusters. */
export function dciDual(): Topology {
  return read('packages/topology/test/unsupported/dci-dual.yaml', (text) => text, { allowUnsupported: true });
}

function read(path: string, change: (text: string) => string, options: ReadTopologyOptions = {}): Topology {
  const file = join(import.meta.dirname, '../../../..', path);
  const { topology, issues } = readTopology(file, change(readFileSync(file, 'utf8')), options);
  if (!topology) throw new Error(`The sample is wrong: ${JSON.stringify(issues, null, 2)}`);
  return topology;
}

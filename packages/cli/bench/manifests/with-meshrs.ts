/** `node with-meshrs.mjs TOPOLOGY COUNT FOLDER`: writes the objects of many topologies, each cluster's as one file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderManifests } from '@meshrs/manifests';
import { readTopology } from '@meshrs/topology';
import { manyTopologies } from './many-topologies.ts';

const [topologyPath = '', count = '', folder = ''] = process.argv.slice(2);
const { topology } = readTopology(topologyPath, readFileSync(topologyPath, 'utf8'));
if (!topology) throw new Error(`${topologyPath} has errors.`);
mkdirSync(folder, { recursive: true });
// Kustomizations are no objects; what Argo CD itself reads is made in this time, too, and the other side does not make it.
const isObjectOfCluster = (path: string): boolean =>
  !path.endsWith('/kustomization.yaml') && !path.startsWith('clusters/');
let objects = 0;
for (const { cluster, topology: own } of manyTopologies(topology, Number(count))) {
  const { files } = renderManifests([{ file: `topologies/${cluster}.yaml`, topology: own }], () => false);
  const texts = files.filter(({ path }) => isObjectOfCluster(path)).map(({ text }) => text);
  writeFileSync(join(folder, `${cluster}.yaml`), texts.join('---\n'));
  objects += texts.length;
}
process.stdout.write(String(objects));

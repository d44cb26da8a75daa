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
let objects = 0;
for (const { cluster, topology: own } of manyTopologies(topology, Number(count))) {
  const { files } = renderManifests([{ file: `topologies/${cluster}.yaml`, topology: own }], () => false);
  // Kustomizations are no objects.
  const texts = files.filter(({ path }) => !path.endsWith('/kustomization.yaml')).map(({ text }) => text);
  const all = texts.join('---\n');
  writeFileSync(join(folder, `${cluster}.yaml`), all);
  objects += all.split(/^---$/m).length;
}
process.stdout.write(String(objects));

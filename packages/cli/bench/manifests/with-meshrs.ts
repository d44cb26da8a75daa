/** `node with-meshrs.mjs TOPOLOGY COUNT FOLDER`: writes the objects of many topologies, each cluster's as one file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderManifests } from '@meshrs/manifests';
import { readTopology } from '@meshrs/topology';
import { manyTopologies } from './many-topologies.ts';

const [path = '', count = '', folder = ''] = process.argv.slice(2);
const { topology } = readTopology(path, readFileSync(path, 'utf8'));
if (!topology) throw new Error(`${path} has errors.`);
mkdirSync(folder, { recursive: true });
let objects = 0;
for (const { cluster, topology: own } of manyTopologies(topology, Number(count))) {
  const { files } = renderManifests([{ file: `topologies/${cluster}.yaml`, topology: own }], () => false);
  const texts = files.filter((file) => !file.path.endsWith('/kustomization.yaml')).map(({ text }) => text);
  writeFileSync(join(folder, `${cluster}.yaml`), texts.join('---\n'));
  objects += texts.length;
}
process.stdout.write(String(objects));

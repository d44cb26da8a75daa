/**
 * `node with-cdk8s.mjs TOPOLOGY COUNT FOLDER`: writes the objects of many topologies, each cluster's as one file, with
 * cdk8s. An App each: one App with a thousand charts takes three times as long.
 */
import { readFileSync } from 'node:fs';
import { argoCdObjects, clusterObjects } from '@meshrs/manifests';
import { readTopology } from '@meshrs/topology';
import { ApiObject, App, Chart, type ApiObjectProps } from 'cdk8s';
import { manyTopologies } from './many-topologies.ts';

const [path = '', count = '', folder = ''] = process.argv.slice(2);
const { topology } = readTopology(path, readFileSync(path, 'utf8'));
if (!topology) throw new Error(`${path} has errors.`);
let objects = 0;
for (const scope of manyTopologies(topology, Number(count))) {
  const app = new App({ outdir: folder });
  const chart = new Chart(app, scope.cluster, { disableResourceNameHashes: true });
  const all = [...clusterObjects(scope), ...argoCdObjects(scope, `overlays/${scope.cluster}`)];
  for (const [index, object] of all.entries()) {
    // cdk8s wants lists that may be changed; it changes none.
    new ApiObject(chart, `${object.metadata.name}-${String(index)}`, { ...object } as unknown as ApiObjectProps);
    objects += 1;
  }
  app.synth();
}
process.stdout.write(String(objects));

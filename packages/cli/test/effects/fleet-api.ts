import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argoCdObjects, clusterObjects, interlockObjects, type KubernetesObject } from '@meshrs/manifests';
import { casesFolder, readText } from '@meshrs/manifests/test-support';
import { waitFor } from '@meshrs/test-kit/wait';
import { definitionsOf } from '../interlock/guarded-cluster.ts';
import { startRealApi, type RealApi } from './real-api.ts';

/** The topology of these tests. */
export const source = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');

/** What is generated of a topology for its cluster `dci`: `outside` of what the route servers' Application brings, the interlock too. */
export function generated(text: string) {
  const scope = { cluster: 'dci', topology: readText(text), hasCustom: false };
  const interlock = interlockObjects(scope).map(({ object }) => object);
  return { inside: clusterObjects(scope), outside: [...argoCdObjects(scope, 'overlays/dci'), ...interlock], interlock };
}

/** kube-apiserver with Argo CD's definitions, the namespaces of a fleet, and these objects. */
export async function startFleetApi(objects: readonly KubernetesObject[]): Promise<RealApi> {
  const api = await startRealApi();
  try {
    const definitions = await definitionsOf('manifests/crds/app{lication,project}-crd.yaml', 'argocd/3.2');
    for (const each of definitions) await api.must(each);
    for (const name of ['meshrr', 'metallb', 'argocd']) {
      await api.must({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    for (const each of objects) await makeServed(each, api, 60_000);
    return api;
  } catch (error) {
    await api.server.remove();
    throw error;
  }
}

/** Applies an object whose definition, or whose webhook, may have been made a moment ago; an error where it is refused. */
export async function makeServed(object: KubernetesObject, api: Pick<RealApi, 'apply'>, ms: number): Promise<void> {
  const what = `${object.kind} ${object.metadata.name}`;
  await waitFor(
    `${what} is there`,
    () => api.apply(object),
    ({ status, message }) => {
      if (status >= 400 && status !== 404) throw new Error(`${what}: ${message}`);
      return status < 300;
    },
    ms,
    50,
  );
}

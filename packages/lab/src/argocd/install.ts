import { randomBytes } from 'node:crypto';
import type { ClusterContext } from '../lab/context.ts';
import { waitUntil } from '../host/wait.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { apply } from '../kubernetes/kubectl.ts';
import type { RenderedObject } from '../kubernetes/objects.ts';
import { startArgoCd } from './start-argocd.ts';
import { argoCdNamespace, readUpstream, type ConfigMaps } from './upstream.ts';

/** Installs Argo CD as upstream's install.yaml does, but for its pods, and starts its parts. */
export async function installArgoCd(
  context: ClusterContext,
  api: KubernetesApi,
  configuration: ConfigMaps,
  webhookSecret: string,
): Promise<void> {
  const { cluster, tools, signal } = context;
  const upstream = await readUpstream();
  await apply(cluster, tools, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: argoCdNamespace } },
    ...upstream.definitions,
  ]);
  const objects = upstream.objects.map((object) => withOwn(object, configuration, webhookSecret));
  await apply(cluster, tools, objects);
  await waitUntil(
    "Argo CD's kinds are served",
    async () => {
      const names = upstream.definitions.map(({ metadata }) => metadata.name.replace(/\..*/, ''));
      const answers = await Promise.all(names.map((name) => api.probe(`/apis/argoproj.io/v1alpha1/${name}`)));
      return answers.every((status) => status === 200);
    },
    { deadlineMs: 30_000, intervalMs: 100, signal, next: 'read the log of kube-apiserver: meshrs lab logs LAB' },
  );
  await startArgoCd(context, upstream, dataOf(objects));
}

/** Adds the configuration to upstream's ConfigMaps, and the secrets that an operator makes. */
function withOwn(object: RenderedObject, configuration: ConfigMaps, webhookSecret: string): RenderedObject {
  const { kind, metadata } = object;
  if (kind === 'Secret' && metadata.name === 'argocd-secret') {
    const serverKey = randomBytes(24).toString('base64url');
    return { ...object, stringData: { 'server.secretkey': serverKey, 'webhook.github.secret': webhookSecret } };
  }
  const own = configuration[metadata.name];
  if (kind !== 'ConfigMap' || !own) return object;
  return { ...object, data: { ...dataOfOne(object), ...own } };
}

function dataOf(objects: readonly RenderedObject[]): ConfigMaps {
  return Object.fromEntries(
    objects.filter(({ kind }) => kind === 'ConfigMap').map((object) => [object.metadata.name, dataOfOne(object)]),
  );
}

function dataOfOne({ data }: RenderedObject): Record<string, string> {
  // ConfigMap.data is of strings only (Kubernetes API reference).
  return (data ?? {}) as Record<string, string>;
}

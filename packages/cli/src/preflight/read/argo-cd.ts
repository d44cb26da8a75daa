import type { ClusterApi } from '../../status/cluster-api.ts';
import type { ArgoCdFacts, ConfigMapFacts, WorkloadFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted } from '../wanted.ts';
import { look } from './ask.ts';
import { readArgoCdRights } from './argo-cd-rights.ts';
import * as schemas from './schemas.ts';

const controllerName = 'argocd-application-controller';

export async function readArgoCd(
  api: ClusterApi,
  wanted: Wanted,
  workloads: Known<readonly WorkloadFacts[]>,
): Promise<ArgoCdFacts> {
  const namespace = wanted.namespaces.argoCd;
  const names = [...new Set(wanted.settings.map(({ configMap }) => configMap))];
  const [configMaps, controllerStarts, rights] = await Promise.all([
    Promise.all(names.map(async (name) => [name, await readConfigMap(api, namespace, name)] as const)),
    readStarts(api, namespace),
    readArgoCdRights(api, wanted, accountOf(namespace, workloads)),
  ]);
  return { configMaps: Object.fromEntries(configMaps), controllerStarts, rights };
}

async function readConfigMap(
  api: ClusterApi,
  namespace: string,
  name: string,
): Promise<Known<ConfigMapFacts | undefined>> {
  const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
  const right = `get configmap ${name} of namespace ${namespace}`;
  const found = await look(api, { path, right, schema: schemas.configMap });
  if (!found.isKnown) return found;
  if (found.value === undefined) return known(undefined);
  const { metadata, data } = found.value;
  const changedAt: Record<string, string> = {};
  for (const { time, fieldsV1 } of metadata.managedFields) {
    for (const field of Object.keys(fieldsV1?.['f:data'] ?? {})) {
      const key = field.replace(/^f:/, '');
      const before = changedAt[key];
      if (time !== undefined && (before === undefined || Date.parse(before) < Date.parse(time))) changedAt[key] = time;
    }
  }
  return known({ data, changedAt });
}

async function readStarts(api: ClusterApi, namespace: string): Promise<Known<readonly string[]>> {
  const selector = encodeURIComponent(`app.kubernetes.io/name=${controllerName}`);
  const found = await look(api, {
    path: `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`,
    right: `list pods in namespace ${namespace}`,
    schema: schemas.pods,
  });
  if (!found.isKnown) return found;
  return known(
    (found.value?.items ?? []).flatMap(({ status }) =>
      status.containerStatuses.flatMap(({ state }) => state.running?.startedAt ?? []),
    ),
  );
}

function accountOf(
  namespace: string,
  workloads: Known<readonly WorkloadFacts[]>,
): { readonly namespace: string; readonly name: string } {
  const controller = workloads.isKnown
    ? workloads.value.find(
        (each) => each.namespace === namespace && each.labels['app.kubernetes.io/name'] === controllerName,
      )
    : undefined;
  return { namespace, name: controller?.serviceAccount ?? controllerName };
}

import { turnKind } from '@meshrs/contract';
import type { ClusterApi } from '../../status/cluster-api.ts';
import type { ArgoCdFacts, ConfigMapFacts, RightFacts, WorkloadFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted } from '../wanted.ts';
import { look } from './ask.ts';
import { mayAccount, wordsOf, type Right } from './rights.ts';
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
    readRights(api, wanted, workloads),
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

async function readRights(
  api: ClusterApi,
  { namespaces, isBehindVip }: Wanted,
  workloads: Known<readonly WorkloadFacts[]>,
): Promise<Known<readonly RightFacts[]>> {
  const namespace = namespaces.argoCd;
  const controller = workloads.isKnown
    ? workloads.value.find(
        (each) => each.namespace === namespace && each.labels['app.kubernetes.io/name'] === controllerName,
      )
    : undefined;
  const account = { namespace, name: controller?.serviceAccount ?? controllerName };
  const rights: readonly Right[] = [
    { verb: 'create', group: '', resource: 'namespaces' },
    { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    { verb: 'create', group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies' },
    { verb: 'create', group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicybindings' },
    { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
    { verb: 'create', group: turnKind.group, resource: turnKind.plural },
    { verb: 'create', group: 'apps', resource: 'statefulsets', namespace: namespaces.routeServers },
    { verb: 'create', group: 'policy', resource: 'poddisruptionbudgets', namespace: namespaces.routeServers },
    ...(isBehindVip
      ? [{ verb: 'create', group: 'metallb.io', resource: 'bgppeers', namespace: namespaces.metallb }]
      : []),
  ];
  return known(
    await Promise.all(
      rights.map(async (right) => ({ what: wordsOf(right), isAllowed: await mayAccount(api, account, right) })),
    ),
  );
}

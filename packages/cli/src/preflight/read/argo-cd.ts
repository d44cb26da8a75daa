import type { ClusterApi } from '../../status/cluster-api.ts';
import type { ArgoCdFacts, ConfigMapFacts, OwnClusterFacts, ProjectFacts, WorkloadFacts } from '../facts.ts';
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
  const controllerAccount = accountOf(namespace, workloads);
  const [ownClusters, projects] = await Promise.all([readOwnClusters(api, namespace), readProjects(api, namespace)]);
  const account = addedAccount(ownClusters) ?? { namespace, name: controllerAccount ?? controllerName };
  const [configMaps, controllerStarts, rights] = await Promise.all([
    Promise.all(names.map(async (name) => [name, await readConfigMap(api, namespace, name)] as const)),
    readStarts(api, namespace),
    readArgoCdRights(api, wanted, account),
  ]);
  return {
    ...{ configMaps: Object.fromEntries(configMaps), controllerStarts, controllerAccount, rights },
    ...{ ownClusters, projects },
  };
}

/** The server of the cluster in which Argo CD runs; it knows it by no other. */
const ownServer = 'https://kubernetes.default.svc';

async function readOwnClusters(api: ClusterApi, namespace: string): Promise<Known<readonly OwnClusterFacts[]>> {
  const selector = encodeURIComponent('argocd.argoproj.io/secret-type=cluster');
  const found = await look(api, {
    path: `/api/v1/namespaces/${namespace}/secrets?labelSelector=${selector}`,
    right: `list secrets in namespace ${namespace}`,
    schema: schemas.clusterSecrets,
  });
  if (!found.isKnown) return found;
  return known(
    (found.value?.items ?? [])
      .filter(({ data }) => data.server.replace(/\/+$/, '') === ownServer)
      .map(({ metadata, data }) => ({ secret: metadata.name, access: data.config })),
  );
}

async function readProjects(api: ClusterApi, namespace: string): Promise<Known<readonly ProjectFacts[]>> {
  const found = await look(api, {
    path: `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/appprojects`,
    right: `list appprojects.argoproj.io in namespace ${namespace}`,
    schema: schemas.projects,
  });
  if (!found.isKnown) return found;
  return known(
    (found.value?.items ?? []).map(({ metadata, spec }) => ({
      name: metadata.name,
      destinations: spec.destinations,
    })),
  );
}

/** By which account it comes to its own cluster, where a token for one was stored. */
function addedAccount(
  clusters: Known<readonly OwnClusterFacts[]>,
): { readonly namespace: string; readonly name: string } | undefined {
  const users = clusters.isKnown
    ? clusters.value.map(({ access }) => (access.by === 'user' ? access.name : undefined))
    : [];
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(users.find(Boolean) ?? '') ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
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

function accountOf(namespace: string, workloads: Known<readonly WorkloadFacts[]>): string | undefined {
  const controller = workloads.isKnown
    ? workloads.value.find(
        (each) => each.namespace === namespace && each.labels['app.kubernetes.io/name'] === controllerName,
      )
    : undefined;
  return controller?.serviceAccount;
}

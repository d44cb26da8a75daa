import { turnKind } from '@meshrs/contract';
import { familyOf, parseAddress, parsePrefix } from '@meshrs/network';
import { parse } from 'yaml';
import type { ClusterApi } from '../../status/cluster-api.ts';
import type {
  DefinitionFacts,
  KubeProxyFacts,
  NamespaceFacts,
  NodeFacts,
  PoolFacts,
  ServiceRangeFacts,
  TurnFacts,
  WorkloadFacts,
} from '../facts.ts';
import { known, type Known } from '../known.ts';
import { look, lookAtText, type ApiLook } from './ask.ts';
import { ownerOf } from './owner.ts';
import * as schemas from './schemas.ts';
import type { z } from 'zod';

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Something that every cluster has; a 404 for it is no "none". */
async function lookAtList<S extends z.ZodType>(api: ClusterApi, wanted: ApiLook<S>): Promise<Known<z.output<S>>> {
  const found = await look(api, wanted);
  if (!found.isKnown) return found;
  if (found.value !== undefined) return known(found.value);
  return { isKnown: false, why: `the API does not know ${wanted.path}`, next: 'look at it with kubectl' };
}

function map<T, U>(fact: Known<T>, to: (value: T) => U): Known<U> {
  return fact.isKnown ? known(to(fact.value)) : fact;
}

export async function readAdmissionKinds(api: ClusterApi): Promise<Known<readonly string[]>> {
  const path = '/apis/admissionregistration.k8s.io/v1';
  const found = await look(api, { path, right: `get ${path}`, schema: schemas.resources });
  return map(found, (list) => list?.resources.map(({ name }) => name) ?? []);
}

/** The plugins of the API server that have looked at a request to refuse or take it, by its metrics. */
export async function readAdmissionPlugins(api: ClusterApi): Promise<Known<readonly string[]>> {
  const found = await lookAtText(api, '/metrics', 'get /metrics');
  return map(found, pluginsOf);
}

export function pluginsOf(metrics: string): readonly string[] {
  const lines = metrics.matchAll(/^apiserver_admission_controller_admission_duration_seconds_count\{([^}]*)\}/gm);
  const names = [...lines].flatMap(([, labels = '']) =>
    labels.includes('type="validate"') ? (/name="([^"]*)"/.exec(labels)?.[1] ?? []) : [],
  );
  return [...new Set(names)].sort();
}

/** `nodeLabel`: the key of the label by which a node belongs to a side. */
export async function readNodes(api: ClusterApi, nodeLabel: string): Promise<Known<readonly NodeFacts[]>> {
  const found = await lookAtList(api, { path: '/api/v1/nodes', right: 'list nodes', schema: schemas.nodes });
  return map(found, ({ items }) =>
    items.map(({ metadata: { name, labels }, spec, status }) => ({
      name,
      side: labels[nodeLabel],
      isExcluded: labels[excludeLabel] !== undefined,
      hostname: labels['kubernetes.io/hostname'],
      isReady: status.conditions.some((each) => each.type === 'Ready' && each.status === 'True'),
      isSchedulable: !spec.unschedulable,
      taints: spec.taints,
      kubelet: status.nodeInfo.kubeletVersion,
      podRanges: spec.podCIDRs,
      images: status.images.flatMap(({ names }) => names ?? []),
    })),
  );
}

export async function readNamespace(api: ClusterApi, name: string): Promise<Known<NamespaceFacts | undefined>> {
  const path = `/api/v1/namespaces/${name}`;
  const found = await look(api, { path, right: `get namespace ${name}`, schema: schemas.namespace });
  return map(
    found,
    (namespace) =>
      namespace && {
        isTerminating: namespace.metadata.deletionTimestamp !== undefined || namespace.status.phase === 'Terminating',
        podSecurity: namespace.metadata.labels['pod-security.kubernetes.io/enforce'],
      },
  );
}

export async function readDefinitions(api: ClusterApi): Promise<Known<readonly DefinitionFacts[]>> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const found = await lookAtList(api, { path, right: 'list customresourcedefinitions', schema: schemas.named });
  return map(found, ({ items }) => items.map(({ metadata }) => ({ name: metadata.name, owner: ownerOf(metadata) })));
}

export async function readTurns(api: ClusterApi): Promise<Known<readonly TurnFacts[]>> {
  const path = `/apis/${turnKind.apiVersion}/${turnKind.plural}`;
  const found = await look(api, { path, right: `list ${turnKind.plural}.${turnKind.group}`, schema: schemas.turns });
  return map(
    found,
    (list) => list?.items.map(({ metadata, spec }) => ({ name: metadata.name, open: spec.open })) ?? [],
  );
}

const workloadKinds = { deployments: 'Deployment', daemonsets: 'DaemonSet', statefulsets: 'StatefulSet' } as const;

export async function readWorkloads(api: ClusterApi): Promise<Known<readonly WorkloadFacts[]>> {
  const all = await Promise.all(
    Object.entries(workloadKinds).map(async ([plural, kind]) => {
      const right = `list ${plural} of all namespaces`;
      const found = await lookAtList(api, { path: `/apis/apps/v1/${plural}`, right, schema: schemas.workloads });
      return map(found, ({ items }) => items.map((item) => toWorkload(kind, item)));
    }),
  );
  const lists: WorkloadFacts[] = [];
  for (const each of all) {
    if (!each.isKnown) return each;
    lists.push(...each.value);
  }
  return known(lists);
}

function toWorkload(
  kind: string,
  { metadata, spec }: z.output<typeof schemas.workloads>['items'][number],
): WorkloadFacts {
  const { serviceAccountName, containers } = spec.template.spec;
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    labels: metadata.labels,
    owner: ownerOf(metadata),
    serviceAccount: serviceAccountName,
    containers: containers.map(({ name, image, command, args, env }) => ({
      name,
      image,
      arguments: [...command, ...args],
      environment: env.map((each) => ({
        name: each.name,
        value: each.value,
        configMapKey: each.valueFrom?.configMapKeyRef?.key,
      })),
    })),
  };
}

export async function readPools(api: ClusterApi): Promise<Known<readonly PoolFacts[]>> {
  const path = '/apis/metallb.io/v1beta1/ipaddresspools';
  const found = await look(api, { path, right: 'list ipaddresspools.metallb.io', schema: schemas.pools });
  return map(
    found,
    (list) =>
      list?.items.map(({ metadata, spec }) => ({
        namespace: metadata.namespace,
        name: metadata.name,
        owner: ownerOf(metadata),
        addresses: spec.addresses,
      })) ?? [],
  );
}

/** k3s makes it when ServiceLB first runs, and leaves it (k3s pkg/cloudprovider/servicelb.go). */
export async function readServiceLbAccount(api: ClusterApi): Promise<Known<boolean>> {
  const path = '/api/v1/namespaces/kube-system/serviceaccounts/svclb';
  const right = 'get serviceaccount svclb of namespace kube-system';
  return map(await look(api, { path, right, schema: schemas.anything }), (found) => found !== undefined);
}

export async function readKubeProxy(api: ClusterApi): Promise<Known<KubeProxyFacts | undefined>> {
  const path = '/api/v1/namespaces/kube-system/configmaps/kube-proxy';
  const right = 'get configmap kube-proxy of namespace kube-system';
  const found = await look(api, { path, right, schema: schemas.configMap });
  if (!found.isKnown) return found;
  if (found.value === undefined) return known(undefined);
  const read = schemas.kubeProxy.safeParse(readYaml(found.value.data['config.conf'] ?? ''));
  return read.success
    ? known({ mode: read.data.mode ?? '', isStrictArp: read.data.ipvs?.strictARP === true })
    : {
        isKnown: false,
        why: 'the key config.conf of the ConfigMap kube-system/kube-proxy is not understood',
        next: 'curl -s http://127.0.0.1:10249/proxyMode on a node says its mode',
      };
}

/** Undefined, which no settings are, for what is no YAML. */
function readYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The kind ServiceCIDR is served since 1.33; before, a Service that every cluster has tells of one family at least. */
export async function readServiceRanges(api: ClusterApi): Promise<Known<ServiceRangeFacts>> {
  const path = '/apis/networking.k8s.io/v1/servicecidrs';
  const found = await look(api, { path, right: 'list servicecidrs', schema: schemas.serviceCidrs });
  if (!found.isKnown) return found;
  if (found.value !== undefined) {
    const ranges = found.value.items.flatMap(({ spec }) => spec.cidrs);
    const read = ranges.map(parsePrefix).map((each) => each && ('prefix' in each ? each.prefix : each.hostBitsOf));
    return known({
      ranges,
      isWhole: true,
      families: [...new Set(read.flatMap((each) => (each ? familyOf(each) : [])))],
    });
  }
  const service = await lookAtList(api, {
    path: '/api/v1/namespaces/default/services/kubernetes',
    right: 'get service kubernetes of namespace default',
    schema: schemas.service,
  });
  return map(service, ({ spec }) => ({
    ranges: [],
    isWhole: false,
    families: [...new Set(spec.clusterIPs.flatMap((text) => parseAddress(text) ?? []).map(familyOf))],
  }));
}

/** Webhooks that are asked when a pod or a Service is made. */
export async function readWebhooks(api: ClusterApi): Promise<Known<readonly string[]>> {
  const names: string[] = [];
  for (const plural of ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${plural}`;
    const found = await lookAtList(api, { path, right: `list ${plural}`, schema: schemas.webhooks });
    if (!found.isKnown) return found;
    const asked = found.value.items.filter(({ webhooks }) => webhooks.some(({ rules }) => rules.some(isAboutPods)));
    names.push(...asked.map(({ metadata }) => metadata.name));
  }
  return known([...new Set(names)]);
}

type Rule = z.output<typeof schemas.webhooks>['items'][number]['webhooks'][number]['rules'][number];

function isAboutPods({ apiGroups, operations, resources }: Rule): boolean {
  return (
    apiGroups.some((group) => group === '' || group === '*') &&
    operations.some((operation) => operation === 'CREATE' || operation === '*') &&
    resources.some((resource) => ['pods', 'services', '*', '*/*'].includes(resource))
  );
}

import type { Application } from '../kubernetes/argo-cd-types.ts';
import { partOf } from '../metadata.ts';
import type { ClusterScope } from '../scope.ts';
import { appsFolder, interlockFolder } from '../folders.ts';
import { parseKind } from './allowed-kinds.ts';
import { destinationOf, namespaceOfNone, ownCluster } from './destination.ts';
import { chartAddress, chartRevision, chartValues, metallbChart } from './metallb-chart.ts';
import { applicationNames } from './names.ts';

/**
 * Applied once by an administrator; from then on a commit is all. No Application has Argo CD's finalizer: the end of an
 * Application leaves what it made, and takes no route server along.
 */
export function rootApplication(scope: ClusterScope): Application {
  const { namespace } = scope.topology.gitops;
  const name = applicationNames(scope.cluster).root;
  return application(scope, name, {
    source: ofRepository(scope, appsFolder(scope.cluster)),
    destination: { ...ownCluster, namespace },
    syncPolicy: syncPolicy(),
  });
}

/**
 * MetalLB itself, from its chart; not what it announces, which goes with the sides. What a chart has no more is left to a person: pods go by accounts,
 * roles and definitions of the chart that made them until the gates have replaced them, a side at a time.
 */
export function metallbApplication(scope: ClusterScope): Application {
  const { metallb } = scope.topology;
  const { chart, namespace, loadBalancerClass } = metallb;
  const chartOptions = { values: chart.values, loadBalancerClass };
  return application(scope, applicationNames(scope.cluster).metallb, {
    source: {
      repoURL: chartAddress(metallb),
      chart: metallbChart,
      targetRevision: chart.version,
      helm: {
        releaseName: metallbChart,
        valuesObject: chartValues(metallb.backend, chartRevision(metallb), chartOptions),
      },
    },
    destination: { ...destinationOf(scope), namespace },
    ignoreDifferences: writtenByMetallb,
    syncPolicy: {
      ...syncPolicy({ retries: metallbRetries, moreOptions: ['CreateNamespace=true'], prune: false }),
      // Speakers need the node's network and raw sockets.
      managedNamespaceMetadata: {
        labels: Object.fromEntries(
          ['audit', 'enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'privileged']),
        ),
      },
    },
  });
}

/**
 * The turn and the policies. Apart from the route servers: it heals itself, which nothing of theirs does, and it is there
 * before the first of them is applied.
 */
export function interlockApplication(scope: ClusterScope): Application {
  return application(scope, applicationNames(scope.cluster).interlock, {
    source: ofRepository(scope, interlockFolder(scope.cluster)),
    destination: { ...destinationOf(scope), namespace: namespaceOfNone },
    syncPolicy: syncPolicy(),
  });
}

/**
 * Everything of the route servers on a cluster in one Application: only inside one do waves order a sync. Without
 * self-heal: a repair is a sync of some objects, in which no gate runs. It would meet a closed turn, keep its list of
 * resources over its retries, and hold up the commits meanwhile (seen with 3.2.11). What differs is shown as OutOfSync, and
 * the next whole sync puts it back, each side in its turn.
 */
export function routeServersApplication(scope: ClusterScope, overlay: string): Application {
  const { namespace } = scope.topology.routeServers;
  const ignored = writtenByOthers(scope);
  return application(scope, applicationNames(scope.cluster).routeServers, {
    source: ofRepository(scope, overlay),
    destination: { ...destinationOf(scope), namespace },
    ...(ignored.length > 0 && { ignoreDifferences: ignored }),
    syncPolicy: syncPolicy({ selfHeal: false }),
  });
}

function writtenByOthers({ topology }: ClusterScope): NonNullable<Application['spec']['ignoreDifferences']> {
  return topology.gitops.ignoredFields.map(({ kind: text, name, pointers }) => {
    const { group, kind } = parseKind(text);
    return { ...(group !== '' && { group }), kind, ...(name !== undefined && { name }), jsonPointers: pointers };
  });
}

function ofRepository({ topology }: ClusterScope, path: string): Application['spec']['source'] {
  const { repository, revision, path: folder } = topology.gitops;
  return {
    repoURL: repository,
    targetRevision: revision,
    path: folder === undefined ? path : `${folder}/${path}`,
  };
}

/**
 * Without manifest-generate-paths: with it Argo CD 3.2.11 takes a commit that came while a sync was failing as one that
 * it has tried already, and the commit that fixes the failed one is never synced (seen; controller/appcontroller.go,
 * alreadyAttemptedSync).
 */
function application(
  { topology }: ClusterScope,
  name: string,
  spec: Omit<Application['spec'], 'project'>,
): Application {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: topology.gitops.namespace,
      labels: partOf,
    },
    spec: { project: name, ...spec },
  };
}

/**
 * A failed sync is tried again, each time with the newest commit: a gate that refused passes when its clients are back,
 * and a webhook of MetalLB that refuses in its first seconds is asked again. Where the tries have no number, what ends
 * them is Argo CD's `controller.sync.timeout.seconds` (`syncTimeoutSeconds`), counted from the first one's start. After
 * that the next commit goes on, or a sync by hand.
 */
function syncPolicy({
  retries = withoutNumber,
  moreOptions = [],
  selfHeal = true,
  prune = true,
}: {
  readonly retries?: number;
  readonly moreOptions?: readonly string[];
  readonly selfHeal?: boolean;
  readonly prune?: boolean;
} = {}): Application['spec']['syncPolicy'] {
  const options = ['FailOnSharedResource', 'PruneLast', 'RespectIgnoreDifferences', 'ServerSideApply'];
  return {
    automated: { prune, selfHeal },
    syncOptions: [...moreOptions, ...options.map((option) => `${option}=true`)],
    retry: { limit: retries, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '2m' } },
  };
}

const withoutNumber = -1;

/**
 * After 20, 40, 80 and 120 s. Its values stand in the Application itself, of which each try uses what they were at the first one
 * (argo-cd, controller/appcontroller.go, autoSync: `Source`): without an end, the commit that fixes them would wait for
 * `controller.sync.timeout.seconds`.
 */
const metallbRetries = 4;

/** What MetalLB's controllers write into objects of its chart: the certificate of their webhooks. */
const writtenByMetallb: NonNullable<Application['spec']['ignoreDifferences']> = [
  { kind: 'Secret', jqPathExpressions: ['.data'] },
  {
    group: 'admissionregistration.k8s.io',
    kind: 'ValidatingWebhookConfiguration',
    jqPathExpressions: ['.webhooks[]?.clientConfig.caBundle'],
  },
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    jqPathExpressions: ['.spec.conversion.webhook.clientConfig.caBundle'],
  },
];

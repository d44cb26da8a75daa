import { labels } from '@meshrs/contract';
import { never, type Judge, type MeaningTable } from './verdict.ts';

/*
 * Labels and annotations are the user's, but for those by which a program acts on the object: keys go by the domain before the slash
 * (Kubernetes documentation, "Labels and Selectors").
 */

/** By which gates, the budget and the API server's policies find route servers and sides. */
const finding: readonly string[] = [labels.app, labels.side, labels.workload, labels.role];

/**
 * Domains whose keys make a program do something to the object or its pods: put containers into them, replace them, route
 * their traffic, delete them. A domain stands for those below it.
 */
const acting = [
  'k8s.io', // Kubernetes and its projects
  'kubernetes.io',
  'openshift.io',
  'argoproj.io',
  'fluxcd.io',
  'helm.sh',
  'keel.sh', // replaces images
  'stakater.com', // Reloader restarts pods when a ConfigMap changes
  'meshrs.dev',
  'metallb.io',
  'metallb.universe.tf',
  'purelb.io',
  'kube-vip.io',
  'istio.io', // meshes put containers into pods, and take their traffic
  'linkerd.io',
  'consul.hashicorp.com',
  'kuma.io',
  'openservicemesh.io',
  'vault.hashicorp.com',
  'dapr.io',
  'instrumentation.opentelemetry.io',
  'cilium.io', // networks
  'projectcalico.org',
  'antrea.io',
  'cncf.io',
  'ovn.org',
  'kube-router.io',
  'kyverno.io',
  'gatekeeper.sh',
  'knative.dev',
  'keda.sh',
  'crossplane.io',
  'amazonaws.com',
  'azure.com',
  'google.com',
  'gke.io',
  'lxcfs-admission-webhook',
];

/** Keys of such domains that ask for nothing. */
const harmless: readonly (string | RegExp)[] = [
  /^app\.kubernetes\.io\/(component|instance|managed-by|name|version)$/,
  'kubernetes.io/description',
  'kubectl.kubernetes.io/default-container',
  'kubectl.kubernetes.io/restartedAt',
  /^config\.kubernetes\.io\//, // kustomize's own marks
  /^link\.argocd\.argoproj\.io\//,
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  /^external-dns\.alpha\.kubernetes\.io\//, // names in DNS; clients dial addresses
  /^waive\.meshrs\.dev\//, // has rules of its own
];

/** Keys without a domain by which a program acts all the same. */
const actingAlone = ['istio-injection'];

const ofKey: Judge = ({ path, before }) => {
  const [field, key = ''] = path.slice(-2);
  if (field === 'labels' && finding.includes(key)) return never('pods');
  // What was generated a program of ours may read.
  if (before !== undefined) return 'word';
  if (harmless.some((each) => (typeof each === 'string' ? each === key : each.test(key)))) return 'free';
  const slash = key.indexOf('/');
  if (slash < 0) return actingAlone.includes(key) ? 'word' : 'free';
  const domain = key.slice(0, slash);
  return acting.some((each) => domain === each || domain.endsWith(`.${each}`)) ? 'word' : 'free';
};

export const metadata: MeaningTable = {
  'metadata.labels.*': ofKey,
  'metadata.annotations.*': ofKey,
  // Who adds one is asked before the object goes, and until then nothing comes in its place.
  'metadata.finalizers': never('order'),
  // An owner that does not exist is a deletion by the garbage collector.
  'metadata.ownerReferences': never('order'),
};

export const templateMetadata: MeaningTable = {
  'metadata.labels.*': ofKey,
  'metadata.annotations.*': ofKey,
};

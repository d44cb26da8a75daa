import { labels } from '@meshrs/contract';
import { never, verdictBy, type Decide, type MeaningTable } from './verdict.ts';

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
  'opentelemetry.io',
  'jaegertracing.io',
  'dynatrace.com',
  'datadoghq.com',
  'newrelic.com',
  'instana.io',
  'odigos.io',
  'appdynamics.com',
  'splunk.com',
  'banzaicloud.com', // Vault's secrets put into pods
  'banzaicloud.io', // and autoscalers made of annotations
  'bank-vaults.io',
  'conjur.org',
  'doppler.com',
  'k8s.aws', // App Mesh
  'solo.io',
  'traefik.io',
  'nginx.com',
  'greymatter.io',
  'tailscale.com',
  'telepresence.io', // takes the traffic of a Service
  'velero.io', // runs commands in pods
  'kasten.io',
  'kanister.io',
  'cilium.io', // networks
  'projectcalico.org',
  'antrea.io',
  'cncf.io',
  'ovn.org',
  'kube-router.io',
  'kyverno.io',
  'gatekeeper.sh',
  'kubemod.io',
  'projectsveltos.io',
  'knative.dev',
  'keda.sh',
  'flagger.app',
  'kruise.io',
  'crossplane.io',
  'fairwinds.com', // Goldilocks makes autoscalers
  'downscaler', // ends pods at night
  'kube-downscaler.io',
  'kube-green.com',
  'kube-ns-suspender',
  'seal', // sets replicas to none and back
  'snorlax',
  'janitor', // deletes what is old
  'cleanup',
  'kube-monkey', // ends pods, to see what happens
  'chaos-mesh.org',
  'litmuschaos.io',
  'chaos.alibaba.com',
  'wave.pusher.com', // restarts pods when a ConfigMap changes
  'pusher.com',
  'descheduler',
  'karpenter.sh', // replaces nodes
  'kured.dev',
  'weave.works',
  'castai.com',
  'cast.ai',
  'spotinst.io',
  'stormforge.io',
  'sedai.io',
  'turbonomic.com',
  'emberstack.com', // copies objects
  'mittwald.de',
  'appscode.com',
  'amazonaws.com', // clouds, and who gives a Service an address
  'azure.com',
  'google.com',
  'gke.io',
  'oraclecloud.com',
  'alibabacloud.com',
  'hetzner.cloud',
  'digitalocean.com',
  'openstack.org',
  'loft.sh',
  'porter.io',
  'openelb.io',
  'loxilb.io',
  'f5.com',
  'citrix.com',
  'a10networks.com',
  'vmware.com',
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

/** Words of a key, of whatever program, that ask for something to be put into pods, or for an end. */
const actingWords = [
  ...['inject', 'injector', 'injection', 'sidecar', 'ttl', 'expires', 'expiry', 'downtime', 'uptime', 'downscale'],
  ...['hibernate', 'restart', 'reload', 'evict', 'chaos', 'suspend', 'suspended', 'suspender', 'sleep', 'shutdown'],
  ...['expire', 'schedule', 'autoscaling', 'autoscaler', 'autotrace', 'instrumentation', 'instrument'],
];

/** "auto-injectSidecar_v2" has the words auto, inject, sidecar and v2. */
function wordsOf(key: string): readonly string[] {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

/** Keys by which one says that a program shall leave the object alone, where the value says so. */
const switches = ['inject', 'injector', 'injection', 'instrumentation', 'autotrace', 'enabled', 'enable'];
const off: readonly unknown[] = ['false', 'disabled', 'no', 'off'];
/** Of these a switch is more than that. */
const noSwitches = ['k8s.io', 'kubernetes.io', 'argoproj.io', 'meshrs.dev', 'metallb.io', 'metallb.universe.tf'];

function isSwitchedOff(domain: string, key: string, value: unknown): boolean {
  if (!off.includes(value) || noSwitches.some((each) => isOf(domain, each))) return false;
  return wordsOf(key.slice(domain.length)).some((word) => switches.includes(word));
}

function isOf(domain: string, other: string): boolean {
  return domain === other || domain.endsWith(`.${other}`);
}

/** What OpenShift admits a pod by; another one than it would choose may be what the platform asks for. */
const requiredContext = 'openshift.io/required-scc';

const podSecurity = 'pod-security.kubernetes.io/enforce';
const levels: readonly unknown[] = ['privileged', 'baseline', 'restricted'];

/** A namespace that lets in less than was generated refuses the pods when they come back. */
const podSecurityLevel: Decide = ({ before, after }) => {
  const [old, now] = [levels.indexOf(before), levels.indexOf(after)];
  return after !== undefined && (now < 0 || now > old) ? never('admission') : 'word';
};

const ofKey: Decide = (difference, surroundings) => {
  const { path, before, after } = difference;
  const [field, key = ''] = path.slice(-2);
  const { kind } = surroundings.built;
  const isOfPods = kind === 'Pod' || path[0] !== 'metadata';
  if (field === 'labels' && isOfPods && finding.includes(key)) return never('pods');
  if (kind === 'Namespace' && key === podSecurity) return verdictBy(podSecurityLevel, difference, surroundings);
  // What was generated a program of ours may read.
  if (before !== undefined) return 'word';
  if (harmless.some((each) => (typeof each === 'string' ? each === key : each.test(key)))) return 'free';
  if (isOfPods && field === 'annotations' && key === requiredContext) return 'free';
  const domain = key.slice(0, Math.max(key.indexOf('/'), 0));
  if (isSwitchedOff(domain, key, after)) return 'free';
  const isActing = acting.some((each) => isOf(domain, each)) || wordsOf(key).some((word) => actingWords.includes(word));
  return isActing ? 'word' : 'free';
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

import { copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@meshrs/manifests';
import { startDaemon, type Daemon } from '@meshrs/test-kit/daemon';
import type { KubeApiserver } from '@meshrs/test-kit/kube-apiserver';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { parse } from 'yaml';
import { moduleFolder } from '../../src/validating/kube-apiserver.test-support.ts';
import { startRealApi, type RealApi } from './real-api.ts';

/**
 * kube-apiserver, Kubernetes' StatefulSet controller, and MetalLB's controller with its webhook: everything that decides on and
 * carries out a change, without a node. Pods are made and replaced, and never run.
 */
export interface RealServers extends Pick<RealApi, 'apply' | 'get' | 'remove'> {
  stop(): Promise<void>;
}

export async function startRealServers(): Promise<RealServers> {
  const api = await startRealApi();
  const { server, kubeconfig, apply, must } = api;
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const each of daemons) await each.end('SIGKILL');
    await server.remove();
  };
  try {
    for (const file of globSync(join(await moduleFolder('metallb/0.16'), 'config/crd/bases/*.yaml'))) {
      await must(withoutConversion(parse(readFileSync(file, 'utf8')) as KubernetesObject));
    }
    for (const each of [...namespaces, ...nodes, controllerPod]) await must(each);
    daemons.push(startStatefulSets(server, kubeconfig), startMetallb(server, kubeconfig));
    await must(webhooks(server));
    await waitFor(
      "MetalLB's webhook answers",
      () => apply(probe),
      ({ status }) => status < 300,
      60_000,
      100,
    );
    await api.remove(probe);
  } catch (error) {
    const said = daemons.map((each) => each.output().slice(-2000)).join('\n');
    await stop();
    throw new Error(`the servers do not start: ${said}`, { cause: error });
  }
  const { get, remove } = api;
  return { apply, get, remove, stop };
}

function startStatefulSets(server: KubeApiserver, kubeconfig: string): Daemon {
  return startDaemon(locateTool('kube-controller-manager'), [
    `--kubeconfig=${kubeconfig}`,
    '--controllers=statefulset-controller,garbage-collector-controller',
    `--service-account-private-key-file=${join(server.folder, 'service-account.key')}`,
    '--leader-elect=false',
    '--secure-port=0',
  ]);
}

/** Its webhook listens on a port of its own choice, with a certificate from its folder for temporary files. */
function startMetallb(server: KubeApiserver, kubeconfig: string): Daemon {
  const temporary = join(server.folder, 'metallb');
  const certificates = join(temporary, 'k8s-webhook-server/serving-certs');
  mkdirSync(certificates, { recursive: true });
  // The API server's own certificate is of the address on which both listen.
  for (const [from, to] of [
    ['apiserver.crt', 'tls.crt'],
    ['apiserver.key', 'tls.key'],
  ] as const) {
    copyFileSync(join(server.folder, 'certificates', from), join(certificates, to));
  }
  return startDaemon(
    locateTool('metallb-controller'),
    [
      ...['--namespace=metallb', '--pod-name=metallb-controller-0', '--deployment=metallb-controller'],
      ...['--ml-secret-name=', '--port=0', '--health-probe-port=0', '--disable-cert-rotation'],
    ],
    { ...process.env, KUBECONFIG: kubeconfig, TMPDIR: temporary, METALLB_BGP_TYPE: 'frr-k8s' },
  );
}

/** As MetalLB's chart writes them (charts/metallb/templates/webhooks.yaml), by an address instead of a Service. */
function webhooks(server: KubeApiserver): KubernetesObject {
  const hooks = [
    ['bgppeers', 'v1beta2', 'bgppeer'],
    ['ipaddresspools', 'v1beta1', 'ipaddresspool'],
    ['bgpadvertisements', 'v1beta1', 'bgpadvertisement'],
    ['communities', 'v1beta1', 'community'],
    ['l2advertisements', 'v1beta1', 'l2advertisement'],
    ['bfdprofiles', 'v1beta1', 'bfdprofile'],
  ].map(([resource = '', version = '', name = '']) => ({
    name: `${name}validationwebhook.metallb.io`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    clientConfig: {
      url: `https://${server.host}:9443/validate-metallb-io-${version}-${name}`,
      caBundle: Buffer.from(server.certificate()).toString('base64'),
    },
    rules: [
      {
        apiGroups: ['metallb.io'],
        apiVersions: [version],
        operations: name === 'bfdprofile' ? ['CREATE', 'DELETE'] : ['CREATE', 'UPDATE'],
        resources: [resource],
      },
    ],
  }));
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'metallb-webhook-configuration' },
    ...{ webhooks: hooks },
  };
}

/** One version of BGPPeer is asked for, which is the stored one. */
function withoutConversion(definition: KubernetesObject): KubernetesObject {
  const { spec } = definition as KubernetesObject & { readonly spec: object };
  return { ...definition, ...{ spec: { ...spec, conversion: undefined } } };
}

type Loose = KubernetesObject & Readonly<Record<string, unknown>>;

const privileged = { 'pod-security.kubernetes.io/enforce': 'privileged' };
const namespaces: readonly Loose[] = ['meshrr', 'metallb'].map((name) => ({
  ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: privileged } },
}));
const nodes: readonly Loose[] = ['a', 'b'].map((side) => ({
  ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${side}`, labels: { side } } },
}));
/** MetalLB looks itself up. */
const controllerPod: Loose = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'metallb-controller-0', namespace: 'metallb' },
  spec: { containers: [{ name: 'controller', image: 'controller' }] },
};
const probe: Loose = {
  apiVersion: 'metallb.io/v1beta1',
  kind: 'IPAddressPool',
  metadata: { name: 'probe', namespace: 'metallb' },
  spec: { addresses: ['192.0.2.1/32'], autoAssign: false },
};

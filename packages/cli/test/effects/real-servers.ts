import { copyFileSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@meshrs/manifests';
import { startDaemon, type Daemon } from '@meshrs/test-kit/daemon';
import type { KubeApiserver } from '@meshrs/test-kit/kube-apiserver';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { pins } from '@meshrs/tools/pins';
import { parse } from 'yaml';
import { goModuleFolder, moduleFolder } from '../../src/validating/kube-apiserver.test-support.ts';
import { startRealApi, type RealApi } from './real-api.ts';

/**
 * kube-apiserver, Kubernetes' StatefulSet controller, MetalLB's controller with its webhook, and that of frr-k8s: everything that
 * decides on and carries out a change, without a node. Pods are made and replaced, and never run.
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
    const { module, version } = pins.goBuilds['frr-k8s'] ?? unpinned();
    const sources = [await moduleFolder('metallb/0.16'), await goModuleFolder(module, version)];
    for (const file of sources.flatMap((folder) => globSync(join(folder, 'config/crd/bases/*.yaml')))) {
      await must(withoutConversion(parse(readFileSync(file, 'utf8')) as KubernetesObject));
    }
    for (const each of [...namespaces, ...nodes, controllerPod]) await must(each);
    daemons.push(startStatefulSets(server, kubeconfig), ...startMetallb(server, kubeconfig));
    await must(webhooks(server));
    for (const probe of probes) {
      await waitFor(
        `the webhook of ${probe.kind} answers`,
        () => apply(probe),
        ({ status }) => status < 300,
        60_000,
        100,
      );
      await api.remove(probe);
    }
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

/** The webhooks listen on ports of their own choice, with a certificate from their folder for temporary files. */
function startMetallb(server: KubeApiserver, kubeconfig: string): Daemon[] {
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
  const environment = { ...process.env, KUBECONFIG: kubeconfig, TMPDIR: temporary, METALLB_BGP_TYPE: 'frr-k8s' };
  return [
    startDaemon(
      locateTool('metallb-controller'),
      [
        ...['--namespace=metallb', '--pod-name=metallb-controller-0', '--deployment=metallb-controller'],
        ...['--ml-secret-name=', '--port=0', '--health-probe-port=0', '--disable-cert-rotation'],
      ],
      environment,
    ),
    // The webhook of frr-k8s runs in the program that removes the states of nodes that are gone.
    startDaemon(locateTool('frr-k8s-statuscleaner'), ['--namespace=metallb', '--disable-cert-rotation'], environment),
  ];
}

/**
 * As the charts of MetalLB and frr-k8s write them (charts/metallb/templates/webhooks.yaml, charts/frr-k8s/templates/webhooks.yaml), by
 * an address instead of a Service.
 */
function webhooks(server: KubeApiserver): KubernetesObject {
  const ofMetallb = { group: 'metallb.io', port: 9443 };
  const hooks = [
    { ...ofMetallb, resource: 'bgppeers', version: 'v1beta2', name: 'bgppeer' },
    { ...ofMetallb, resource: 'ipaddresspools', version: 'v1beta1', name: 'ipaddresspool' },
    { ...ofMetallb, resource: 'bgpadvertisements', version: 'v1beta1', name: 'bgpadvertisement' },
    { ...ofMetallb, resource: 'communities', version: 'v1beta1', name: 'community' },
    { ...ofMetallb, resource: 'l2advertisements', version: 'v1beta1', name: 'l2advertisement' },
    { ...ofMetallb, resource: 'bfdprofiles', version: 'v1beta1', name: 'bfdprofile' },
    {
      ...{ group: 'frrk8s.metallb.io', port: 19_443 },
      ...{ resource: 'frrconfigurations', version: 'v1beta1', name: 'frrconfiguration' },
    },
  ].map(({ group, port, resource, version, name }) => ({
    name: `${name}validationwebhook.metallb.io`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    clientConfig: {
      url: `https://${server.host}:${String(port)}/validate-${group.replaceAll('.', '-')}-${version}-${name}`,
      caBundle: Buffer.from(server.certificate()).toString('base64'),
    },
    rules: [
      {
        apiGroups: [group],
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
const inMetallb = { name: 'probe', namespace: 'metallb' };
const probes: readonly Loose[] = [
  {
    ...{ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata: inMetallb },
    spec: { addresses: ['192.0.2.1/32'], autoAssign: false },
  },
  { ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: inMetallb }, spec: {} },
];

function unpinned(): never {
  throw new Error('packages/tools/src/tools.json has no build frr-k8s');
}

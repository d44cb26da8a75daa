import { join } from 'node:path';
import { startDaemon, type DaemonRecord, type DaemonSpec } from '../lab/daemons.ts';
import { daemonName, type LabCluster } from '../lab/lab-cluster.ts';
import type { Tools } from '../lab/tools.ts';
import type { Accounts } from './accounts.ts';
import { keyFiles } from './keys.ts';
import { apiPort, writeKubeconfig } from './kubeconfig.ts';

const etcdUrl = 'http://127.0.0.1:2379';

/** Starts etcd and kube-apiserver; the second waits for the first by itself. */
export function startApi(cluster: LabCluster, tools: Tools): DaemonRecord[] {
  return [etcd(cluster, tools), kubeApiServer(cluster, tools)].map((spec) => start(cluster, spec));
}

/** Starts what works on the API's objects. Each waits for the API by itself. */
export function startControllers(cluster: LabCluster, tools: Tools, accounts: Accounts): DaemonRecord[] {
  const server = cluster.plan.apiAddress;
  const keys = keyFiles(cluster);
  const common = ['--leader-elect=false', '--bind-address=127.0.0.1'];
  const specs: Spec[] = [
    {
      name: 'kube-controller-manager',
      argv: [
        tools['kube-controller-manager'],
        `--kubeconfig=${writeKubeconfig(cluster, 'kube-controller-manager', server, accounts.controllerManager)}`,
        `--service-account-private-key-file=${keys.serviceAccountKey}`,
        `--root-ca-file=${keys.apiCertificate}`,
        '--use-service-account-credentials',
        // Nodes have their pod ranges from the lab's plan.
        '--allocate-node-cidrs=false',
        ...common,
      ],
    },
    {
      name: 'kube-scheduler',
      argv: [
        tools['kube-scheduler'],
        `--kubeconfig=${writeKubeconfig(cluster, 'kube-scheduler', server, accounts.scheduler)}`,
        ...common,
      ],
    },
  ];
  return specs.map((spec) => start(cluster, spec));
}

function start(cluster: LabCluster, spec: Spec): DaemonRecord {
  const { lab, plan } = cluster;
  return startDaemon(lab, { ...spec, name: daemonName(cluster, spec.name), namespace: plan.namespace });
}

type Spec = Omit<DaemonSpec, 'namespace'>;

function etcd({ paths }: LabCluster, tools: Tools): Spec {
  return {
    name: 'etcd',
    argv: [
      tools.etcd,
      `--data-dir=${join(paths.state, 'etcd')}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      '--listen-peer-urls=http://127.0.0.1:2380',
      '--log-level=warn',
    ],
  };
}

function kubeApiServer(cluster: LabCluster, tools: Tools): Spec {
  const keys = keyFiles(cluster);
  return {
    name: 'kube-apiserver',
    argv: [
      tools['kube-apiserver'],
      `--etcd-servers=${etcdUrl}`,
      `--advertise-address=${cluster.plan.apiAddress}`,
      `--secure-port=${String(apiPort)}`,
      `--tls-cert-file=${keys.apiCertificate}`,
      `--tls-private-key-file=${keys.apiKey}`,
      // The same certificate says to kubelets who asks for logs and executions.
      `--kubelet-client-certificate=${keys.apiCertificate}`,
      `--kubelet-client-key=${keys.apiKey}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-key-file=${keys.serviceAccountKey}`,
      `--service-account-signing-key-file=${keys.serviceAccountKey}`,
      `--token-auth-file=${keys.tokens}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--service-cluster-ip-range=${cluster.plan.serviceRange}`,
      '--allow-privileged=true',
      // Webhooks are dialled at their pods: there is no kube-proxy here, and no Service address either.
      '--enable-aggregator-routing=true',
    ],
  };
}

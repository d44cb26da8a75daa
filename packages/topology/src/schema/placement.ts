import { addressSchema, nameRules, nameSchema, prefixSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { clusterName, labelKey, labelValue, nodeLocalDns, sideName } from './values.ts';

const port = z.int().min(1).max(65535);

const dns = z
  .strictObject({
    namespace: nameSchema(nameRules.kubernetesLabel, 'kube-system')
      .default('kube-system')
      .meta({ description: 'Namespace of the pods that answer DNS.' }),
    podLabels: z.record(labelKey, labelValue).default({ 'k8s-app': 'kube-dns' }).meta({
      description:
        'Labels of those pods; left empty: all of the namespace. One set: where pods of several answer, leave it empty.',
      example: '{ k8s-app: kube-dns }',
    }),
    ports: uniqueList(port).default([53]).meta({
      description: 'Ports at which they listen, UDP and TCP; 53 is that of the Service.',
      example: '[53, 5353]',
    }),
    addresses: uniqueList(addressSchema, 0).default([nodeLocalDns]).meta({
      description:
        'Addresses beside the pods: a cache on the node itself. Where NodeLocal DNSCache listens at the address of the DNS Service (kube-proxy in iptables mode), that one, too.',
      example: '[169.254.20.10, 10.96.0.10]',
    }),
  })
  .prefault({})
  .meta({
    description: 'Where pods ask for names. OpenShift has other values than the default: see docs/platforms.md.',
    generates: 'egress of the NetworkPolicies of the route servers',
  });

const cluster = z.strictObject({
  sides: uniqueList(sideName).meta({
    description: 'The sides whose nodes belong to this cluster. Each side stands in exactly one cluster.',
    generates: 'overlays/<cluster>/<side>/',
    example: '[a, b]',
  }),
  nodeRanges: uniqueList(prefixSchema).meta({
    description: 'Addresses that nodes have on their fabric links; routers accept MetalLB sessions from there.',
    generates: 'nothing yet; the checks use it',
    example: '[172.16.0.0/16]',
  }),
  podRanges: uniqueList(prefixSchema).meta({
    description: "Addresses of pods: the cluster's --cluster-cidr.",
    generates: 'nothing; the checks use it',
    example: '[10.244.0.0/16]',
  }),
  serviceRanges: uniqueList(prefixSchema).meta({
    description: "Cluster addresses of Services: the cluster's --service-cluster-ip-range.",
    generates: 'nothing; the checks use it',
    example: '[10.96.0.0/12]',
  }),
  apiServerPorts: uniqueList(port).default([443, 6443]).meta({
    description:
      'Ports of the Kubernetes API: that of its Service, and that at which its servers listen, since some networks look at a packet before kube-proxy, some after it. MicroK8s listens at 16443, minikube at 8443, most others at 6443. The list stands instead of the default, and 443 has to be in it.',
    generates: 'egress of the NetworkPolicies of route servers and gates',
    example: '[443, 16443]',
  }),
  dns,
  destination: nameSchema(nameRules.kubernetesSubdomain, 'dci').optional().meta({
    description: 'The name under which Argo CD knows the cluster; left out: the cluster in which Argo CD runs.',
    generates: 'spec.destination of the Argo CD Applications',
  }),
});

export const placement = z
  .strictObject({
    clusters: z.record(clusterName, cluster).meta({
      description: 'One cluster with nodes of both sides. Several are not supported yet; check and build refuse them.',
    }),
    nodeLabel: labelKey.default('side').meta({
      description:
        'Key of the label by which a node belongs to a side; its value is the name of the side. Another one than side where who makes the nodes may set labels of one domain alone, as cluster-api does. Choose it before the first sync: build refuses to change it while the fleet runs.',
      generates:
        'node affinity of the route servers; nodeSelectors of BGPPeers and L2Advertisements; the policy that guards the nodes',
      example: 'node.cluster.x-k8s.io/side',
    }),
    acceptSharedRouter: z.boolean().default(false).meta({
      description:
        'Needed when the nodes of every side are attached to the same router: its reboot then takes every client off every side.',
      generates: 'nothing; a check asks for it',
    }),
  })
  .meta({ description: 'Which cluster each side runs on.' });

export type Cluster = z.output<typeof cluster>;

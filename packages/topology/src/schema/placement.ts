import { nameRules, nameSchema, prefixSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { clusterName, sideName } from './values.ts';

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
    acceptSharedRouter: z.boolean().default(false).meta({
      description:
        'Needed when the nodes of every side are attached to the same router: its reboot then takes every client off every side.',
      generates: 'nothing; a check asks for it',
    }),
  })
  .meta({ description: 'Which cluster each side runs on.' });

export type Cluster = z.output<typeof cluster>;

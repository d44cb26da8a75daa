import { addressSchema, nameRules, nameSchema, routerIdSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { persistence } from './route-servers.ts';
import { community, image, sideName } from './values.ts';

const statefulSet = z.strictObject({
  replicas: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'Route servers of this StatefulSet.', generates: 'spec.replicas' }),
  routerIds: uniqueList(routerIdSchema).meta({
    description:
      "One router-id per replica, in the order of the pods' ordinals. More than replicas are allowed: room to grow.",
    generates: 'routerIds of the settings',
    example: '[192.168.255.11]',
  }),
});

const side = z.strictObject({
  service: nameSchema(nameRules.kubernetesService, 'routeserver-a').optional().meta({
    description: 'Name of the LoadBalancer Service and of the MetalLB objects; left out: routeserver-<side>.',
    generates: 'Service, IPAddressPool, BGPAdvertisement',
  }),
  vips: uniqueList(addressSchema).meta({
    description: 'The addresses that clients dial: one per family.',
    generates: 'IPAddressPool; metallb.io/loadBalancerIPs',
    example: '[192.168.255.1]',
  }),
  communities: uniqueList(community, 0).default(['65000:0']).meta({
    description: 'Communities on the announcement of the VIP.',
    generates: 'BGPAdvertisement.spec.communities',
  }),
  statefulSets: z
    .record(nameSchema(nameRules.kubernetesStatefulSet, 'routeserver-a'), statefulSet)
    .meta({ description: 'The workloads behind the VIP; usually one, with one replica.', generates: 'StatefulSets' }),
  images: z
    .strictObject({
      crpd: image.optional().meta({ description: 'cRPD.' }),
      frr: image.optional().meta({ description: 'FRRouting.' }),
      agent: image.optional().meta({ description: 'The mesh agent; the gates have that of routeServers.images.' }),
    })
    .prefault({})
    .meta({
      description:
        'Images of this side alone, instead of those of routeServers.images: a new version on one side first.',
      generates: 'image of the containers of its StatefulSets',
      example: '{ frr: quay.io/frrouting/frr:10.7.1 }',
    }),
  persistence: persistence.meta({
    description: 'The persistent volume of this side, instead of that of routeServers.persistence.',
    generates: 'volumeClaimTemplates of its StatefulSets',
  }),
  acceptRehash: z.boolean().default(false).meta({
    description:
      "Needed for more than one route server behind the VIP: one routing change can then move a client's session to another pod, which resets it.",
  }),
});

export const sides = z.record(sideName, side).meta({
  description:
    'The units of failure and of change. Clients have a session with every side, and at every moment an untouched one on the other.',
});

export type Side = z.output<typeof side>;

import { addressSchema, asnSchema, interfaceAddressSchema, nameRules, nameSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { systems } from './systems.ts';
import { hostNameValue, routeDistinguisher, routeTarget, sideName } from './values.ts';

export const underlayProtocols = ['bgp', 'ospf', 'isis'] as const;

const vrf = z
  .strictObject({
    name: nameSchema(nameRules.vrf, 'DCI').meta({ description: 'Its name.' }),
    routeDistinguisher: routeDistinguisher.meta({
      description: 'Tells its routes from those of other VRFs (RFC 4364).',
    }),
    importTargets: uniqueList(routeTarget).meta({
      description: 'Route targets of the routes that it takes: where clients, and the other routers, are.',
      example: '["65000:100"]',
    }),
    exportTargets: uniqueList(routeTarget).meta({
      description: 'Route targets of the routes that it tells: the VIPs, never the anycast loopback.',
      example: '["65000:100"]',
    }),
    loopback: addressSchema.optional().meta({
      description:
        'An address of its own on its loopback interface, by which the router is known in the VRF: the router-id of a BGP that is new there. Junos needs it beside the anycast loopback.',
      example: '192.168.254.3',
    }),
    leaksVips: z.boolean().default(false).meta({
      description:
        'The VIPs are in the main table, too, by a leak that you configure; needed where the router is a client as well.',
      generates: 'nothing; a check asks for it',
    }),
  })
  .meta({
    description: 'The VRF in which nodes and VIPs live; left out: the main table.',
    generates: 'the VRF, in the files of its routers',
  });

const underlay = z
  .strictObject({
    protocol: z
      .enum(underlayProtocols)
      .meta({ description: 'The protocol by which the network behind it learns VIPs.' }),
    name: nameSchema(nameRules.underlay, 'UNDERLAY').meta({
      description:
        'Of bgp the peer group of its sessions, of ospf the process, of isis the instance; a system with one process has none by name, and takes any; of eos a number.',
    }),
  })
  .meta({
    description: 'How VIPs reach the rest of the network; left out: as you configure it yourself.',
    generates: 'the filter that tells VIPs to the network, and never the anycast loopback, in its file',
    example: '{ protocol: bgp, name: UNDERLAY }',
  });

const router = z.strictObject({
  system: z.enum(systems).meta({
    description: 'Operating system of the router.',
    generates: 'routers/<topology>/<name>.<system>.conf; a lab runs FRR',
  }),
  asn: asnSchema.optional().meta({
    description:
      'AS of its BGP; left out: routerAsn of its anycast loopback, which is its AS towards MetalLB alone where they differ.',
    generates: 'router bgp, in its file',
    example: '"65201"',
  }),
  loopbacks: uniqueList(addressSchema).meta({
    description: 'Its own loopback addresses, one per family.',
    generates: 'NetworkPolicy',
    example: '[192.168.1.3]',
  }),
  anycast: hostNameValue.meta({
    description: 'Which of metallb.anycastLoopbacks it carries: its position.',
    generates: 'its anycast loopback and its sessions with MetalLB, in its file',
    example: 'fabric',
  }),
  anycastInterface: nameSchema(nameRules.routerPort, 'Loopback100').optional().meta({
    description:
      'Interface of the anycast loopback; left out: lo0.0 of junos (of a VRF lo0.100), lo of frr, Loopback100 of the others. Where an interface has one address, it is none that the router has for something else.',
    generates: 'the interface of the anycast loopback, in its file',
  }),
  vrf: vrf.optional(),
  underlay: underlay.optional(),
});

export const routers = z
  .record(hostNameValue, router)
  .meta({ description: 'The routers to which nodes are attached.' });

const link = z.strictObject({
  router: hostNameValue.meta({ description: 'The router at the other end.' }),
  routerPort: nameSchema(nameRules.routerPort, 'ge-0/0/2').meta({
    description: 'Its port.',
    generates: 'interface of the VRF, in files of junos; the checks use it',
  }),
  routerAddresses: uniqueList(interfaceAddressSchema).meta({
    description: 'Its addresses on the link, one per family.',
    generates: 'nothing; the checks use it',
    example: '[172.16.1.12/31]',
  }),
  anycastGateway: z.boolean().default(false).meta({
    description:
      'Other routers have the same addresses on this network (an anycast gateway); each of their links says so.',
    generates: 'nothing; the checks use it',
  }),
  nodePort: nameSchema(nameRules.linuxInterface, 'eth1').meta({
    description: "The node's interface.",
    generates: 'nothing; the checks use it',
  }),
  nodeAddresses: uniqueList(interfaceAddressSchema).meta({
    description: "The node's addresses on the link, from which MetalLB speaks; one per family.",
    generates: 'nothing; the checks use it',
    example: '[172.16.1.13/31]',
  }),
});

const node = z.strictObject({
  side: sideName.meta({
    description: 'Side of the node: its label placement.nodeLabel.',
    generates: 'nothing; label the node yourself',
  }),
  links: z.array(link).min(1).max(16).meta({ description: 'Links to routers.' }),
});

export const nodes = z
  .record(nameSchema(nameRules.kubernetesSubdomain, 'meshrr-kube1'), node)
  .meta({ description: 'The Kubernetes nodes that can hold route servers.' });

export type Router = z.output<typeof router>;
export type Node = z.output<typeof node>;
export type Link = z.output<typeof link>;

import { addressSchema, interfaceAddressSchema, nameRules, nameSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { systems } from './systems.ts';
import { hostNameValue, sideName } from './values.ts';

const router = z.strictObject({
  system: z.enum(systems).meta({
    description: 'Operating system of the router; decides how its configuration is written.',
    generates: 'routers/<router>',
  }),
  loopbacks: uniqueList(addressSchema).meta({
    description: 'Its own loopback addresses, one a family.',
    generates: 'the primary loopback',
    example: '[192.168.1.3]',
  }),
  anycast: hostNameValue.meta({
    description: 'Which of metallb.anycastLoopbacks it carries: its position.',
    generates: 'the anycast loopback and the MetalLB peer group',
    example: 'fabric',
  }),
  anycastInterface: nameSchema(nameRules.routerPort, 'lo0.100').optional().meta({
    description: 'Interface of the anycast loopback; left out: the main loopback.',
    generates: 'the loopback interface',
  }),
  vrf: nameSchema(nameRules.vrf, 'DCI').optional().meta({
    description: 'VRF in which nodes and VIPs live; left out: the main table.',
    generates: 'the routing instance',
  }),
});

export const routers = z
  .record(hostNameValue, router)
  .meta({ description: 'The routers to which nodes are attached.' });

const link = z.strictObject({
  router: hostNameValue.meta({ description: 'The router at the other end.' }),
  routerPort: nameSchema(nameRules.routerPort, 'ge-0/0/2').meta({
    description: 'Its port.',
    generates: 'the interface of the router',
  }),
  routerAddresses: uniqueList(interfaceAddressSchema).meta({
    description: 'Its addresses on the link, one a family.',
    generates: 'the address of the interface',
    example: '[172.16.1.12/31]',
  }),
  nodePort: nameSchema(nameRules.linuxInterface, 'eth1').meta({
    description: "The node's interface.",
    generates: "the description of the router's interface",
  }),
  nodeAddresses: uniqueList(interfaceAddressSchema).meta({
    description: "The node's addresses on the link, from which MetalLB speaks; one a family.",
    generates: 'nothing; the checks use it',
    example: '[172.16.1.13/31]',
  }),
});

const node = z.strictObject({
  side: sideName.meta({
    description: 'Side of the node: its label "side".',
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

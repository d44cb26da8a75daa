import { addressSchema, nameRules, nameSchema, prefixSchema } from '@meshrs/network';
import { z } from 'zod';

export const management = z
  .strictObject({
    enabled: z.boolean().default(false).meta({
      description: 'The one switch; refused with the engine frr, which has neither SSH nor NETCONF.',
      generates: 'one LoadBalancer Service a pod with SSH and NETCONF, a pool, an L2Advertisement',
    }),
    pool: prefixSchema.meta({ description: 'Prefix of the management addresses.', generates: 'IPAddressPool' }),
    interface: nameSchema(nameRules.linuxInterface, 'ens3').meta({
      description: "The nodes' interface on the management network.",
      generates: 'L2Advertisement.spec.interfaces',
    }),
    addresses: z.record(nameSchema(nameRules.kubernetesLabel, 'routeserver-a-0'), addressSchema).meta({
      description: 'Address of each route server, by pod name.',
      generates: 'metallb.io/loadBalancerIPs of the management Services',
      example: '{routeserver-a-0: 192.168.18.3}',
    }),
  })
  .optional()
  .meta({ description: 'SSH and NETCONF to each route server on a network of its own (MetalLB layer 2).' });

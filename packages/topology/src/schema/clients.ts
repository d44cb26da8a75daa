import {
  addressSchema,
  asnRangeSchema,
  asnSchema,
  nameRules,
  nameSchema,
  prefixSchema,
  uniqueList,
} from '@meshrs/network';
import {
  clientTtlBounds,
  connectRetryBounds,
  defaultClientTtl,
  defaultConnectRetrySeconds,
  defaultMaximumPrefixes,
  defaultTimers,
  maximumPrefixesBounds,
  mostNarrowAddresses,
  unboundedAttributeNames,
  within,
} from '@meshrs/contract';
import { z } from 'zod';
import { systems } from './systems.ts';
import { timers } from './timers.ts';
import { hostNameValue, secretReference } from './values.ts';

const group = z.strictObject({
  prefixes: uniqueList(prefixSchema).meta({
    description: `Addresses from which clients may come. May contain VIPs, loopbacks, anycast and management addresses, never node, pod or Service ranges. While all groups together have at most ${String(mostNarrowAddresses)} addresses that are no declared client's, none of those who come can end the engines; of more, each can do it once, on every side at one moment.`,
    generates: 'listen ranges, and a neighbor for each address while they are that few; NetworkPolicy',
    example: '[192.168.0.0/16]',
  }),
  asns: uniqueList(asnRangeSchema).meta({
    description: 'AS numbers that clients may have.',
    generates: 'asranges of the client group: as-path filter and guard',
    example: '["65001-65534"]',
  }),
  multihopTtl: within(clientTtlBounds).default(defaultClientTtl).meta({
    description: 'How many hops away clients may be.',
    generates: 'ebgp-multihop of the peer group',
  }),
  maximumPrefixes: within(maximumPrefixesBounds).default(defaultMaximumPrefixes).meta({
    description:
      'Routes taken from one client before its session is closed, on each side. The memory of the engine is kept for it: without a limit one client would fill it.',
    generates: 'maximum-prefix; memory limit of the engine',
  }),
  passedAttributes: uniqueList(z.enum(unboundedAttributeNames), 0).default([]).meta({
    description:
      'Path attributes that are left on the routes of clients although nothing bounds their length: one that needs more than about 5000 octets ends the FRR of every side, if another client has no extended messages (RFC 8654). EVPN needs none of them.',
    generates: 'path-attribute discard of each neighbor: those that are not listed',
    example: '[tunnel-encapsulation]',
  }),
  timers: timers(defaultTimers.clients).meta({
    description: 'Timers of the sessions with clients.',
    generates: 'timers of the peer group',
  }),
  connectRetrySeconds: within(connectRetryBounds).default(defaultConnectRetrySeconds).meta({
    description:
      'How soon a client dials again after a lost session; more than 10 makes an outage of a side last longer.',
    generates: 'minReadySeconds of the StatefulSets; timers connect in files of frr, no other system has such a timer',
  }),
  auth: secretReference('bgp-clients', 'password').optional().meta({
    description: 'Where the TCP-MD5 key stands (RFC 2385); only with exposure hostNetwork, NAT breaks it.',
    generates: 'nothing yet; build refuses it',
  }),
});

export const clientGroups = z.record(nameSchema(nameRules.peerGroup, 'MESHRR-CLIENTS'), group).meta({
  description: 'Peer groups of clients: from where they may come, and with which AS.',
  generates: 'a peer group in each route server',
});

export const encapsulations = ['vxlan', 'mpls'] as const;
export const clientRoles = ['leaf', 'transit', 'gateway'] as const;

const client = z.strictObject({
  system: z.enum(systems).meta({
    description: 'Operating system of the client.',
    generates: 'routers/<topology>/<name>.<system>.conf; a lab runs FRR for frr and GoBGP for the others',
  }),
  asn: asnSchema.meta({
    description: 'AS of the client. A session of this client with another AS is refused.',
    generates: 'remote-as of its neighbor',
  }),
  addresses: uniqueList(addressSchema).meta({
    description: 'Loopback addresses from which it dials the VIPs: one per family.',
    generates: 'its neighbor in the route servers',
    example: '[192.168.1.11]',
  }),
  group: nameSchema(nameRules.peerGroup, 'MESHRR-CLIENTS')
    .optional()
    .meta({ description: 'Its client group; may be left out when there is one group.' }),
  interface: nameSchema(nameRules.routerPort, 'Loopback0').optional().meta({
    description: 'Its interface with these addresses; left out: lo0.0 of junos, lo of frr, Loopback0 of the others.',
    generates: 'update-source of its sessions, in its file',
  }),
  encapsulation: z.enum(encapsulations).default('vxlan').meta({
    description: 'What carries the traffic of its routes. Clients of different ones do not understand each other.',
    generates: 'nothing; the checks use it',
  }),
  role: z.enum(clientRoles).default('leaf').meta({
    description:
      'leaf: it tells the route servers its own routes, and nobody theirs. transit: a border that passes routes on to its data centre as they are. gateway: a border that makes them its own.',
    generates: 'next hops and route targets that its file keeps; of a gateway no file is made yet',
  }),
  vteps: uniqueList(prefixSchema).optional().meta({
    description: 'Next hops of its routes; left out: any.',
    generates: 'nothing yet',
    example: '[192.168.1.11/32]',
  }),
  sharedAsn: z.boolean().default(false).meta({
    description: "Another client has the same AS, and both want each other's routes.",
    generates: 'allowas-in, in its file',
  }),
  maximumPrefixes: within(maximumPrefixesBounds)
    .optional()
    .meta({ description: "Overrides the group's limit.", generates: 'maximum-prefix' }),
});

export const clients = z.record(hostNameValue, client).default({}).meta({
  description:
    "Leafs and borders that peer with the route servers. Those not declared still may come, by the group's prefixes.",
});

export type ClientGroup = z.output<typeof group>;
export type Client = z.output<typeof client>;

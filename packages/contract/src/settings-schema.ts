import {
  addressSchema,
  asnRangeSchema,
  asnSchema,
  nameRules,
  nameSchema,
  patternSchema,
  prefixSchema,
  routerIdSchema,
  uniqueList,
} from '@meshrs/network';
import { z } from 'zod';
import { within } from './bounds.ts';
import { clientTtlBounds, defaultClientTtl, maximumPrefixesBounds, ttlSecurityHopsBounds } from './clients.ts';
import { defaultDrainTimes, drainBounds } from './drain.ts';
import { engines, type Mode } from './engine.ts';
import {
  defaultManyLeavingSeconds,
  defaultMaximumLeavingPercent,
  manyLeavingBounds,
  maximumLeavingBounds,
} from './mesh-peers.ts';
import { unboundedAttributeNames } from './path-attributes.ts';
import { defaultLostClientsSeconds, lostClientsBounds } from './readiness.ts';
import { defaultTimers, timerBounds, type BgpTimers } from './timers.ts';

const hostName = patternSchema({
  pattern: /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*\.?$/,
  what: 'a host name',
  allowed: 'a DNS name, meshrr-core or meshrr-core.meshrr.svc.cluster.local',
  example: 'meshrr-core',
});

function timersSchema(defaults: BgpTimers) {
  return z
    .strictObject({
      keepaliveSeconds: within(timerBounds.keepaliveSeconds),
      holdSeconds: within(timerBounds.holdSeconds),
    })
    .default({ ...defaults });
}

const source = z.discriminatedUnion('sourcetype', [
  z.strictObject({
    sourcetype: z.literal('kubernetes'),
    /** The headless Service whose EndpointSlices are the peers. */
    service: nameSchema(nameRules.kubernetesService, 'meshrr-core'),
    /** The pod's own namespace when left out. */
    namespace: nameSchema(nameRules.kubernetesLabel, 'meshrr').optional(),
  }),
  z.strictObject({ sourcetype: z.literal('dns'), hostname: hostName }),
  z.strictObject({ sourcetype: z.literal('static'), addresses: uniqueList(addressSchema) }),
]);

const meshGroup = z.strictObject({
  name: nameSchema(nameRules.peerGroup, 'MESHRR-CORE'),
  type: z.literal('mesh'),
  source,
  max_peers: z.int().min(0).max(10000).optional(),
  timers: timersSchema(defaultTimers.mesh),
  /** A peer that the source no longer names leaves at a second look; more than this share only after the longer time. */
  maximumLeavingPercent: within(maximumLeavingBounds).default(defaultMaximumLeavingPercent),
  /** How long the source must leave them out. */
  manyLeavingSeconds: within(manyLeavingBounds).default(defaultManyLeavingSeconds),
});

const clientNeighbor = z.strictObject({
  name: nameSchema(nameRules.hostName, 'dc1-leaf1'),
  address: addressSchema,
  asn: asnSchema,
  /** Another client has the same AS: routes of the one go to the other. */
  sharedAsn: z.boolean().optional(),
  maximumPrefixes: within(maximumPrefixesBounds).optional(),
});

const clientGroup = z.strictObject({
  name: nameSchema(nameRules.peerGroup, 'MESHRR-CLIENTS'),
  type: z.literal('subtractive'),
  prefixes: uniqueList(prefixSchema),
  asranges: z.array(asnRangeSchema).default([]),
  timers: timersSchema(defaultTimers.clients),
  multihopTtl: within(clientTtlBounds).default(defaultClientTtl),
  /** Takes the place of multihopTtl: clients at most this many hops away (RFC 5082). */
  ttlSecurityHops: within(ttlSecurityHopsBounds).optional(),
  maximumPrefixes: within(maximumPrefixesBounds).optional(),
  /** Left on the routes of declared clients; all others that nothing bounds are taken off. */
  passedAttributes: uniqueList(z.enum(unboundedAttributeNames), 0).default([]),
  neighbors: z.array(clientNeighbor).default([]),
});

/**
 * How clients decide whether the route server is ready. Only where it stands alone behind its VIP: of several one that is
 * not ready loses the VIP, and with it the clients that it has; so the second key stands beside a true first one alone.
 */
const readiness = z.discriminatedUnion('waitsForClients', [
  z.strictObject({
    /** Ready at first only when the clients of the mesh's other route servers are back on this one. */
    waitsForClients: z.literal(true),
    /** Later not ready for this long at most while clients that it had are with another route server alone; 0: never. */
    lostClientsSeconds: within(lostClientsBounds).default(defaultLostClientsSeconds),
  }),
  z.strictObject({ waitsForClients: z.literal(false) }),
]);

/** The schema of meshrr.conf.yml: upstream's keys as they are, ours in camelCase. */
export const settingsSchema = z.strictObject({
  encrypted_root_pw: z.string().default('NOLOGIN').meta({ isSensitive: true }),
  asn: asnSchema,
  mode: z.enum(['evpnrs', 'routeserver', 'ipv4rr', 'routereflector']),
  engine: z.enum(engines).default('crpd'),
  /** cRPD: BGP RIB sharding and update threading. */
  ribSharding: z.boolean().optional(),
  /**
   * Router-ids by pod name; a pod finds its own here. Without a fleet.yml they are those of the whole fleet, and a mesh
   * session with any other is evicted.
   */
  routerIds: z.record(nameSchema(nameRules.kubernetesLabel, 'routeserver-a-0'), routerIdSchema).default({}),
  drain: z
    .strictObject({
      gracefulShutdownSeconds: within(drainBounds.gracefulShutdownSeconds),
      ceaseSeconds: within(drainBounds.ceaseSeconds),
      holdSeconds: within(drainBounds.holdSeconds).default(defaultDrainTimes.holdSeconds),
    })
    .default({ ...defaultDrainTimes }),
  readiness: readiness.default({ waitsForClients: false }),
  bgpgroups: z.array(z.discriminatedUnion('type', [meshGroup, clientGroup])),
});

/** The content of meshrr.conf.yml, read. */
export type RouteServerSettings = z.output<typeof settingsSchema>;

/** The content of meshrr.conf.yml as it is written: texts instead of numbers, defaults left out. */
export type RouteServerSettingsFile = z.input<typeof settingsSchema>;

export type MeshGroupSettings = z.output<typeof meshGroup>;
export type ClientGroupSettings = z.output<typeof clientGroup>;
export type MeshSource = z.output<typeof source>;

const modes: Readonly<Record<RouteServerSettings['mode'], Mode>> = {
  evpnrs: 'evpn-route-server',
  routeserver: 'evpn-route-server',
  ipv4rr: 'ipv4-route-reflector',
  routereflector: 'ipv4-route-reflector',
};

export function modeOf({ mode }: Pick<RouteServerSettings, 'mode'>): Mode {
  return modes[mode];
}

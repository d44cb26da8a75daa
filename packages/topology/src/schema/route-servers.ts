import { asnSchema, nameRules, nameSchema } from '@meshrs/network';
import {
  defaultDrainTimes,
  defaultHoldSeconds,
  defaultLostClientsSeconds,
  defaultManyLeavingSeconds,
  defaultMaximumLeavingPercent,
  defaultTimers,
  drainBounds,
  engines,
  exposures,
  frrVersion,
  lostClientsBounds,
  manyLeavingBounds,
  maximumLeavingBounds,
  rangeClientLimit,
  settingsKeys,
  within,
} from '@meshrs/contract';
import { z } from 'zod';
import { pods } from './pods.ts';
import { timers } from './timers.ts';
import { frrImage, image, quantity, secretReference } from './values.ts';

const images = z
  .strictObject({
    crpd: image
      .default('localhost/juniper/crpd:23.2R1.13')
      .meta({ description: 'cRPD; Juniper gives it to licence holders, so it has no public registry.' }),
    frr: image.default(frrImage).meta({
      description: `FRRouting, tried with ${frrVersion}: those before 10.7 can keep stale EVPN routes when many clients go at once; those before 10.4.1 corrupt EVPN type-1 labels and type-5 gateways.`,
    }),
    agent: image.default('ghcr.io/meshrs/mesh-agent:0.1.0').meta({
      description: 'The mesh agent beside each engine. Nobody publishes it: build it with scripts/image and push it.',
    }),
  })
  .prefault({})
  .meta({
    description: 'Container images, each with a pinned version.',
    generates: 'image of the containers of the StatefulSets',
  });

const mesh = z
  .strictObject({
    group: nameSchema(nameRules.peerGroup, 'MESHRR-CORE').default('MESHRR-CORE').meta({
      description: 'Peer group of the iBGP sessions between route servers.',
      generates: 'peer group in each engine',
    }),
    service: nameSchema(nameRules.kubernetesService, 'meshrr-core').default('meshrr-core').meta({
      description: 'Headless Service through which route servers find each other.',
      generates: 'Service; source of the mesh group',
    }),
    source: z.enum(['kubernetes', 'dns']).default('kubernetes').meta({
      description:
        'How the agent learns the other route servers: by watching EndpointSlices, or by asking DNS every 30 s.',
      generates: 'source of the mesh group; RBAC of the agent',
    }),
    maximumPeers: z.int().min(1).max(1000).optional().meta({
      description:
        'Sessions that one route server opens at most; left out: all. Fewer than there are others is refused: only a full mesh has all routes.',
      generates: 'max_peers of the mesh group',
    }),
    maximumLeavingPercent: within(maximumLeavingBounds).default(defaultMaximumLeavingPercent).meta({
      description: 'More than this share of the mesh leaves only after manyLeavingSeconds, less at a second look.',
      generates: 'the setting of the same name',
    }),
    manyLeavingSeconds: within(manyLeavingBounds).default(defaultManyLeavingSeconds).meta({
      description:
        'How long the source must leave out more than that share before they leave: a name server or a selector that is wrong for less takes nobody away.',
      generates: 'the setting of the same name',
    }),
    timers: timers(defaultTimers.mesh).meta({
      description: 'Timers of the sessions between route servers.',
      generates: 'timers of the mesh group',
    }),
  })
  .prefault({})
  .meta({ description: 'The iBGP full mesh between all route servers.' });

const crpd = z
  .strictObject({
    licence: secretReference('crpd-license', 'crpd-license')
      .default({ secret: 'crpd-license', key: 'crpd-license' })
      .meta({ description: 'Where the licence key stands.', generates: 'LICENSE_KEY of the init container' }),
    licensedPeers: z.int().min(1).max(100000).default(16).meta({
      description: 'BGP peers that the licence covers; the standard licence has 16.',
      generates: 'nothing; a check counts mesh and declared clients',
    }),
    rootPassword: secretReference('crpd-root', 'encrypted-password').optional().meta({
      description: 'Where the encrypted root password stands; left out: no root login.',
      generates: 'ENCRYPTED_ROOT_PW of the init container',
    }),
    ribSharding: z.boolean().default(false).meta({
      description: 'BGP RIB sharding and update threading, for large tables on many cores.',
      generates: 'system processes routing bgp',
    }),
  })
  .prefault({})
  .meta({ description: 'What only cRPD needs, an engine that is not supported yet.' });

const drain = z
  .strictObject({
    gracefulShutdownSeconds: within(drainBounds.gracefulShutdownSeconds)
      .default(defaultDrainTimes.gracefulShutdownSeconds)
      .meta({ description: 'From GRACEFUL_SHUTDOWN (RFC 8326) to Cease: clients move their traffic meanwhile.' }),
    ceaseSeconds: within(drainBounds.ceaseSeconds)
      .default(defaultDrainTimes.ceaseSeconds)
      .meta({ description: 'From Cease to the end of the engine.' }),
    holdSeconds: within(drainBounds.holdSeconds).default(defaultHoldSeconds).meta({
      description:
        'How long a route server waits before Cease at most, until each of its clients has a session with another side; settings that reset sessions of clients wait as long. 0: not at all, as in a fleet of one side.',
      generates: 'holdSeconds of the settings; terminationGracePeriodSeconds of the pods',
    }),
  })
  .prefault({})
  .meta({
    description: 'How a route server leaves.',
    generates: 'drain of the settings; preStop and terminationGracePeriodSeconds of the pods',
  });

const readiness = z
  .strictObject({
    lostClientsSeconds: within(lostClientsBounds).default(defaultLostClientsSeconds).meta({
      description:
        'How long a route server is not Ready at most while clients that it had are with another side alone, so that the disruption budget lets no pod of that side go; 0: never. Only where it stands alone behind its VIP, and beside another side in its cluster.',
      generates: 'the setting of the same name; the sync timeout of Argo CD',
    }),
  })
  .prefault({})
  .meta({ description: 'What a route server that is up must have to be Ready.' });

const resources = z
  .strictObject({
    engineMemory: quantity('1Gi')
      .optional()
      .meta({
        description: `Memory of the engine, requested and limited. Left out, frr has 1Gi requested and a limit of 256 MiB and 1 MiB for each of ${String(rangeClientLimit)} clients, which may all receive 100 000 routes, and whole GiB for the maximumPrefixes of one client (20 KiB a route); more than ${String(rangeClientLimit)} declared clients raise it in steps of as many. Written, it must have room for one client that announces what it may.`,
      }),
    engineCpu: quantity('500m')
      .default('500m')
      .meta({ description: 'Processor time requested for the engine; there is no limit.' }),
    agentMemory: quantity('128Mi')
      .default('128Mi')
      .meta({ description: 'Memory of the agent, requested and limited.' }),
    agentCpu: quantity('50m')
      .default('50m')
      .meta({ description: 'Processor time requested for the agent; there is no limit.' }),
  })
  .prefault({})
  .meta({ description: 'What the containers ask for.', generates: 'resources of the containers' });

export const persistence = z
  .strictObject({
    storageClass: nameSchema(nameRules.kubernetesSubdomain, 'local-path')
      .optional()
      .meta({ description: "StorageClass; left out: the cluster's default." }),
    size: quantity('1Gi').default('1Gi').meta({ description: 'Size of the volume.' }),
  })
  .optional()
  .meta({
    description: 'A persistent volume for /config; left out: the configuration is made anew with each pod.',
    generates: 'volumeClaimTemplates',
  });

export const routeServers = z
  .strictObject({
    asn: asnSchema.meta({
      description: 'AS of all route servers. They add it once to each path (they are not transparent).',
      generates: 'asn of the settings',
    }),
    engine: z.enum(engines).meta({
      description: 'The routing daemon: frr. crpd (Juniper, licensed) is not supported yet; check and build refuse it.',
      generates: "the engine container; the namespace's Pod Security level",
    }),
    namespace: nameSchema(nameRules.kubernetesLabel, 'meshrr').default('meshrr').meta({
      description: 'Kubernetes namespace of the route servers.',
      generates: 'Namespace; metadata.namespace of all their objects',
    }),
    app: nameSchema(nameRules.kubernetesLabel, 'meshrr-evpnrs')
      .default('meshrr-evpnrs')
      .meta({ description: 'Value of the label "app" on the pods.', generates: 'labels and selectors' }),
    exposure: z.enum(exposures).default('loadBalancer').meta({
      description:
        'loadBalancer: clients dial a VIP that MetalLB announces and kube-proxy NATs. hostNetwork: clients dial the node.',
      generates: 'LoadBalancer Services, or hostNetwork of the pods',
    }),
    images,
    mesh,
    crpd,
    drain,
    readiness,
    resources,
    persistence,
    pods,
    template: nameSchema(nameRules.kubernetesSubdomain, 'meshrr-template')
      .optional()
      .meta({
        description: `Name of a ConfigMap of yours with the key ${settingsKeys.template}: your template instead of the built-in one; refused with the engine frr, which cannot use it.`,
        generates: 'a second source of the settings volume',
      }),
  })
  .meta({ description: 'What all route servers have in common.' });

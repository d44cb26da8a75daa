import { addressSchema, asnSchema, nameRules, nameSchema, patternSchema } from '@meshrs/network';
import { connectRetryBounds, defaultTimers, timerBounds, within } from '@meshrs/contract';
import { z } from 'zod';
import { metallbValues } from './metallb-values.ts';
import { chartRepository, hostNameValue, labelKey, sideName } from './values.ts';

export const backends = ['frr-k8s', 'frr', 'native'] as const;

/** How soon MetalLB dials again in its FRR modes, in seconds. */
export const defaultMetallbConnectRetrySeconds = 10;

const anycastLoopback = z.strictObject({
  address: addressSchema.meta({
    description: 'The same address on every router of this position; MetalLB on each node peers with it.',
    generates: 'BGPPeer.spec.peerAddress',
    example: '192.168.255.0',
  }),
  routerAsn: asnSchema.meta({
    description: 'AS of the routers in these sessions.',
    generates: 'BGPPeer.spec.peerASN',
    example: '"65000.2"',
  }),
  metallbAsn: asnSchema.meta({
    description: 'AS of MetalLB in these sessions; one for all positions, MetalLB refuses two on one node.',
    generates: 'BGPPeer.spec.myASN',
    example: '"65000.3"',
  }),
});

const bfd = z
  .strictObject({
    receiveMilliseconds: z
      .int()
      .min(10)
      .max(60000)
      .default(300)
      .meta({ description: 'Slowest rate at which control packets are taken.' }),
    transmitMilliseconds: z
      .int()
      .min(10)
      .max(60000)
      .default(300)
      .meta({ description: 'Rate at which control packets are sent.' }),
    detectMultiplier: z
      .int()
      .min(2)
      .max(255)
      .default(3)
      .meta({ description: 'Missed packets until the session is down.' }),
  })
  .optional()
  .meta({
    description: 'BFD between MetalLB and the routers (RFC 5883); not with backend native.',
    generates: 'BFDProfile',
  });

const secretName = (example: string) => nameSchema(nameRules.kubernetesSubdomain, example);

const password = z
  .strictObject({
    secrets: z.record(sideName, secretName('metallb-bgp-a')).default({}).meta({
      description:
        'The Secret of each side, of type kubernetes.io/basic-auth in MetalLB\'s namespace; MetalLB reads its key "password". A side that is left out has metallb-bgp-<side>, or what stands under secret.',
      generates: 'BGPPeer.spec.passwordSecret of the side; the API server guards it as an object of the side',
      example: '{ a: metallb-bgp-a, b: metallb-bgp-b }',
    }),
    secret: secretName('metallb-bgp').optional().meta({
      description:
        'One Secret for every side that secrets does not name. Whoever changes it resets the sessions of all of them at once, so the API server lets it change only while every side is open, as long as it stands here. With peerScope: global it is the only one; left out: metallb-bgp.',
      generates: 'BGPPeer.spec.passwordSecret of all other sides',
    }),
  })
  .prefault({})
  .meta({
    isSensitive: true,
    description: 'TCP-MD5 key (RFC 2385) between MetalLB and the routers, a Secret for each side.',
    generates: 'BGPPeer.spec.passwordSecret',
  });

export const metallb = z
  .strictObject({
    namespace: nameSchema(nameRules.kubernetesLabel, 'metallb')
      .default('metallb')
      .meta({ description: 'Kubernetes namespace of MetalLB.', generates: 'metadata.namespace of its objects' }),
    backend: z.enum(backends).default('frr-k8s').meta({
      description: "MetalLB's BGP implementation. native refuses IPv6, BFD and large communities.",
      generates: 'values of the MetalLB chart',
    }),
    peerScope: z.enum(['side', 'global']).default('side').meta({
      description:
        'side: one BGPPeer per side, so that an edit resets one side. global: one for all nodes; an edit resets both sides at once.',
      generates: 'BGPPeer objects',
    }),
    holdSeconds: within(timerBounds.holdSeconds)
      .default(defaultTimers.metallb.holdSeconds)
      .meta({ description: 'A node that dies hard keeps its VIP for this long.', generates: 'BGPPeer.spec.holdTime' }),
    loadBalancerClass: labelKey.optional().meta({
      description:
        'Class of the Services that MetalLB is to serve, where another load balancer is in the cluster, too. Left out: MetalLB serves Services without a class. The API server lets nobody change it of a Service, so choose it before the first sync.',
      generates: 'spec.loadBalancerClass of the VIPs and management Services; loadBalancerClass of the chart',
      example: 'metallb.io/metallb',
    }),
    connectRetrySeconds: within(connectRetryBounds)
      .optional()
      .meta({
        description: `How soon MetalLB dials a router again; left out: ${String(defaultMetallbConnectRetrySeconds)} with the backends frr-k8s and frr, and nothing with peerScope: global. FRR's own 120 would keep the VIP of a side away that long after a router is back. native has a time of its own and refuses any.`,
        generates: 'BGPPeer.spec.connectTime',
      }),
    password,
    bfd,
    anycastLoopbacks: z.record(hostNameValue, anycastLoopback).meta({
      description: 'One per router position: two routers of one node need two.',
      generates: 'BGPPeers',
    }),
    chart: z
      .strictObject({
        install: z.boolean().default(true).meta({
          description: 'false: the cluster has its MetalLB from elsewhere.',
          generates: 'an Argo CD Application and AppProject, or none',
        }),
        repository: chartRepository.default('https://metallb.github.io/metallb').meta({
          description:
            "Where Argo CD gets MetalLB's chart. Of an OCI registry it needs a repository Secret with enableOCI.",
        }),
        version: patternSchema({
          pattern: /^0\.16\.\d+$/,
          what: 'a version of MetalLB 0.16',
          allowed: 'a version 0.16.x of the chart: the generated objects are checked against it',
          example: '0.16.2',
        })
          .default('0.16.2')
          .meta({ description: 'Version of the chart.' }),
        values: metallbValues,
      })
      .prefault({})
      .meta({ description: 'The chart that installs MetalLB.', generates: 'an Argo CD Application' }),
  })
  .meta({ description: 'MetalLB: announces the VIPs from the nodes to the routers.' });

export type AnycastLoopback = z.output<typeof anycastLoopback>;

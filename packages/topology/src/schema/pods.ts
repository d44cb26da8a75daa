import { nameRules, nameSchema, patternSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { freeText, labelKey, labelValue } from './values.ts';

/** As Kubernetes spells them, without a time limit: a route server, or a speaker, leaves no node by itself. */
export const toleration = z.strictObject({
  key: labelKey.meta({ description: 'Key of the taint; not one of those that Kubernetes sets itself.' }),
  operator: z.enum(['Equal', 'Exists']).default('Equal').meta({
    description: 'Equal: the taint has this value. Exists: it has any; then no value is written.',
  }),
  value: labelValue.optional().meta({ description: 'Value of the taint; left out: none.' }),
  effect: z
    .enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute'])
    .optional()
    .meta({ description: 'Effect of the taint; left out: every effect.' }),
});

const environmentName = patternSchema({
  pattern: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
  what: 'the name of an environment variable',
  allowed: 'letters, digits and "_", no digit first, at most 128',
  example: 'TZ',
});

const variables = (example: string) =>
  z
    .record(environmentName, freeText.meta({ isSensitive: true }))
    .default({})
    .meta({ generates: 'env of its containers', example });

/** What clusters ask of every pod that runs on them, or give it. A change of it restarts the pods, one side at a time. */
export const pods = z
  .strictObject({
    pullSecrets: uniqueList(nameSchema(nameRules.kubernetesSubdomain, 'registry'), 0).default([]).meta({
      description:
        'Secrets of type kubernetes.io/dockerconfigjson in the namespace of the route servers, with which their images are pulled.',
      generates:
        "imagePullSecrets of the route servers, the gates, and the gates' pods that bring MetalLB's new images",
      example: '[registry]',
    }),
    tolerations: uniqueList(toleration, 0).default([]).meta({
      description:
        'Taints of nodes on which the pods may run all the same, without a time limit. MetalLB needs them on those nodes, too: metallb.chart.values.',
      generates: 'tolerations of the route servers, beside those for nodes that nobody sees, and of the gates',
    }),
    priorityClass: nameSchema(nameRules.kubernetesSubdomain, 'network-critical').optional().meta({
      description:
        'A PriorityClass of the cluster. Left out, the pods have the default priority, and pods of a higher one may push the route servers of both sides off their nodes.',
      generates: 'priorityClassName of the route servers and the gates',
    }),
    labels: z.record(labelKey, labelValue).default({}).meta({
      description: 'Labels that every pod gets; not those that Kubernetes, Argo CD or meshrs read.',
      generates: 'metadata.labels of the route servers and the gates',
      example: '{ cost-center: network }',
    }),
    annotations: z.record(labelKey, freeText).default({}).meta({
      description: 'Annotations that every pod gets; not those that Argo CD, Helm, kubectl or meshrs read.',
      generates: 'metadata.annotations of the route servers and the gates',
      example: '{ example.com/owner: network }',
    }),
    environment: z
      .strictObject({
        engine: variables('{ TZ: UTC }').meta({ description: 'For the routing daemon.' }),
        agent: variables('{ TZ: UTC }').meta({
          description: 'For the mesh agent, what begins the configuration before it, and the gates.',
        }),
      })
      .prefault({})
      .meta({
        description: 'Environment variables beside the generated ones; never a password, this file is in Git.',
        generates: 'env of the containers',
      }),
  })
  .prefault({})
  .meta({
    description: 'What the cluster asks of the pods, or gives them; a change restarts them, one side at a time.',
  });

export type Pods = z.output<typeof pods>;

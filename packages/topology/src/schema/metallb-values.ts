import { nameRules, nameSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { toleration } from './pods.ts';
import { freeText, imageRepository, labelKey, labelValue, quantity } from './values.ts';

const image = z
  .strictObject({ repository: imageRepository.meta({ description: 'The image in your registry.' }) })
  .optional()
  .meta({ description: 'Another registry than the public one; the chart knows the version.' });

const amounts = z
  .strictObject({
    cpu: quantity('100m').optional().meta({ description: "Processor time; left out: the chart's." }),
    memory: quantity('100Mi').optional().meta({ description: "Memory; left out: the chart's." }),
  })
  .optional();

const resources = z
  .strictObject({
    requests: amounts.meta({ description: 'What is kept for the container on its node.' }),
    limits: amounts.meta({
      description: 'What it may use at most. One that is too small ends it on every node, and takes both VIPs away.',
    }),
  })
  .optional()
  .meta({ description: 'What the container asks for.' });

const ofPods = {
  tolerations: uniqueList(toleration, 0).optional().meta({
    description: 'Taints of nodes on which it may run all the same.',
  }),
  priorityClassName: nameSchema(nameRules.kubernetesSubdomain, 'system-node-critical').optional().meta({
    description: 'A PriorityClass of the cluster.',
  }),
  logLevel: z.enum(['all', 'debug', 'info', 'warn', 'error', 'none']).optional().meta({
    description:
      'How much it logs; left out: info. Of what makes the configuration of FRR (frr-k8s; speaker with backend: frr) neither all nor debug: FRR would write debug messages, and may end by them.',
  }),
};

/** The chart of frr-k8s has this value, too, but no template that reads it. */
const podAnnotations = z.record(labelKey, freeText).optional().meta({ description: 'Annotations of its pods.' });

const sidecar = (description: string) => z.strictObject({ resources }).optional().meta({ description });
const withImage = (description: string) => z.strictObject({ image, resources }).optional().meta({ description });

const speaker = z
  .strictObject({
    ...ofPods,
    podAnnotations,
    image,
    resources,
    ignoreExcludeLB: z.boolean().optional().meta({
      description:
        'Announce VIPs from nodes with the label node.kubernetes.io/exclude-from-external-load-balancers, too: those of a control plane often have it.',
    }),
    frr: withImage('FRR beside the speaker; with backend: frr alone.'),
    reloader: sidecar('What loads its configuration; with backend: frr alone.'),
    frrMetrics: sidecar('What exports its metrics; with backend: frr alone.'),
  })
  .optional()
  .meta({ description: 'The DaemonSet that announces. It needs a pod on every node of every side.' });

const controller = z
  .strictObject({
    ...ofPods,
    podAnnotations,
    image,
    resources,
    nodeSelector: z
      .record(labelKey, labelValue)
      .optional()
      .meta({ description: 'Labels of the nodes that may have it.' }),
  })
  .optional()
  .meta({ description: 'The Deployment that gives addresses, and answers the webhooks.' });

const frrK8s = z
  .strictObject({
    ...ofPods,
    image,
    resources,
    frr: withImage('FRR itself.'),
    reloader: sidecar('What loads its configuration.'),
    frrMetrics: sidecar('What exports its metrics.'),
    frrStatus: sidecar('What reports its state.'),
  })
  .optional()
  .meta({ description: 'The DaemonSet of frr-k8s; with backend: frr-k8s alone.', generates: 'frr-k8s.frrk8s' });

/**
 * Keys of MetalLB's chart by the chart's own names, and of its frr-k8s part without the "frrk8s" in between. What is not
 * here, a topology decides elsewhere, or the sides rest on it: backend, names, accounts, how speakers are rolled, on which
 * nodes they run.
 */
export const metallbValues = z
  .strictObject({
    imagePullSecrets: uniqueList(nameSchema(nameRules.kubernetesSubdomain, 'mirror'), 0).optional().meta({
      description:
        "Secrets of type kubernetes.io/dockerconfigjson in MetalLB's namespace, with which its images are pulled; and in that of the route servers, where the gates' pods pull them with the Secrets of these names.",
      example: '[mirror]',
    }),
    controller,
    speaker,
    'frr-k8s': frrK8s,
  })
  .prefault({})
  .meta({
    description:
      'Values of the chart: registries, pull secrets, taints, priority, resources, annotations, log levels. Whatever else the chart knows is refused: the sides rest on it, or another key decides it.',
    generates: "spec.source.helm.valuesObject of MetalLB's Application",
  });

export type MetallbValues = z.output<typeof metallbValues>;

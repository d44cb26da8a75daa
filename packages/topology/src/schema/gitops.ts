import { nameRules, nameSchema, patternSchema, uniqueList } from '@meshrs/network';
import { z } from 'zod';
import { clientReference, customKind, repository } from './values.ts';

const gate = z
  .strictObject({
    seconds: z.int().min(30).max(3600).default(300).meta({
      description:
        'How long the roll-out waits before a side until every client has its session with another side; then it is refused and tried again.',
      generates: '--timeout and activeDeadlineSeconds of the gate before each side',
    }),
    allowMissing: uniqueList(clientReference, 0).default([]).meta({
      description:
        'Clients that may be missing on the other sides while a side goes, by name or address: switched off for long, say. The gate still names them.',
      generates: '--let-through of the gate before each side',
      example: '[dc4-border1]',
    }),
    letThrough: uniqueList(clientReference, 0).optional().meta({
      description: 'The old name of allowMissing; still read, together with it.',
      generates: '--let-through of the gate before each side',
      example: '[dc4-border1]',
    }),
  })
  .prefault({})
  .meta({
    description: 'What stands before each side of a roll-out and asks whether its clients are on another side.',
  });

export const gitops = z
  .strictObject({
    repository: repository.meta({
      description: 'This repository, as Argo CD reaches it.',
      generates: 'spec.source.repoURL of the Argo CD Applications',
    }),
    revision: patternSchema({
      pattern: /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$/,
      what: 'a branch, tag or commit',
      allowed: 'a branch, a tag or a commit',
      example: 'main',
    })
      .default('main')
      .meta({ description: 'What Argo CD follows.', generates: 'spec.source.targetRevision' }),
    path: patternSchema({
      pattern: /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/,
      what: 'a folder of the repository',
      allowed: 'a folder from the root of the repository, without a slash at its begin or end',
      example: 'network/route-servers',
    })
      .optional()
      .meta({
        description:
          'The folder of the repository in which topologies/ and what is generated stand; left out: its root. build and check hold it against git.',
        generates: 'the begin of spec.source.path of the Argo CD Applications',
      }),
    namespace: nameSchema(nameRules.kubernetesLabel, 'argocd').default('argocd').meta({
      description: 'The namespace of Argo CD.',
      generates: 'metadata.namespace of Applications and AppProjects',
    }),
    gate,
    customKinds: uniqueList(customKind, 0).default([]).meta({
      description: 'Kinds that overlays/<cluster>/custom may add to the generated ones.',
      generates: 'clusterResourceWhitelist and namespaceResourceWhitelist of the AppProject of the route servers',
      example: '[monitoring.coreos.com/PodMonitor]',
    }),
  })
  .meta({ description: 'How Argo CD finds what is generated.' });

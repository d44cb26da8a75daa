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

const ignoredFields = z.strictObject({
  kind: customKind.meta({ description: 'Kind of the objects.', example: 'apps/StatefulSet' }),
  name: nameSchema(nameRules.kubernetesSubdomain, 'routeserver-a').optional().meta({
    description: 'Name of the one object; left out: all of the kind.',
  }),
  pointers: uniqueList(
    patternSchema({
      pattern: /^(\/([^~/\s]|~[01])+){1,16}$/,
      what: 'a JSON pointer',
      allowed: 'keys with "/" before each; "~1" stands for "/" in a key, "~0" for "~" (RFC 6901)',
      example: '/metadata/annotations/example.com~1scanned',
    }),
  ).meta({ description: 'The fields (RFC 6901).', example: '[/metadata/annotations/example.com~1scanned]' }),
});

const cronField = String.raw`[0-9A-Za-z*/,-]+`;

const syncWindow = z.strictObject({
  kind: z.enum(['allow', 'deny']).meta({
    description: 'allow: syncs in this time alone. deny: none in this time, whatever is allowed.',
  }),
  schedule: patternSchema({
    pattern: new RegExp(`^${cronField}( ${cronField}){4}$`),
    what: 'a cron schedule',
    allowed: 'minute, hour, day, month and day of the week, as cron has them: "0 22 * * 1-5"',
    example: '"0 22 * * 1-5"',
  }).meta({ description: 'When it begins.' }),
  duration: patternSchema({
    pattern: /^(?=[0-9])([1-9][0-9]{0,3}h)?([1-9][0-9]{0,3}m)?$/,
    what: 'a duration',
    allowed: 'hours and minutes: 8h, 90m, 1h30m',
    example: '8h',
  }).meta({ description: 'How long it lasts; longer than a roll-out, which may take both gates and both sides.' }),
  timeZone: patternSchema({
    pattern: /^[A-Za-z]+([_/+-][A-Za-z0-9]+)*$/,
    what: 'a time zone',
    allowed: 'a name of the IANA time zone database: Europe/Berlin',
    example: 'Europe/Berlin',
  })
    .default('UTC')
    .meta({ description: 'Time zone of the schedule.' }),
  manualSync: z.boolean().default(false).meta({ description: 'Whether a person may sync by hand all the same.' }),
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
    ignoredFields: uniqueList(ignoredFields, 0).default([]).meta({
      description:
        'What others write into objects, so that Argo CD neither shows it as a difference nor writes over it: neither the next time, nor when you mean it. Of generated kinds only labels and annotations of others.',
      generates: 'spec.ignoreDifferences of the Application of the route servers',
    }),
    syncWindows: uniqueList(syncWindow, 0).default([]).meta({
      description:
        'When Argo CD may sync route servers and MetalLB. A roll-out that a window of deny begins in, or a window of allow ends in, stands still between its steps until it may go on, or its time is over.',
      generates: 'spec.syncWindows of the AppProjects of route servers and MetalLB',
    }),
    customKinds: uniqueList(customKind, 0).default([]).meta({
      description: 'Kinds that overlays/<cluster>/custom may add to the generated ones.',
      generates: 'clusterResourceWhitelist and namespaceResourceWhitelist of the AppProject of the route servers',
      example: '[monitoring.coreos.com/PodMonitor]',
    }),
  })
  .meta({ description: 'How Argo CD finds what is generated.' });

import { nameRules, nameSchema, patternSchema } from '@meshrs/network';
import { z } from 'zod';
import { repository } from './values.ts';

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
    namespace: nameSchema(nameRules.kubernetesLabel, 'argocd').default('argocd').meta({
      description: 'The namespace of Argo CD.',
      generates: 'metadata.namespace of Applications and AppProjects',
    }),
  })
  .meta({ description: 'How Argo CD finds what is generated.' });

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { noCache } from '../tools/result-cache.ts';
import { validatorsOf } from './validators.ts';

const files = {
  kustomize: 'kustomize',
  'kustomize-of-argo-cd': 'the other',
  kubeconform: 'kubeconform',
  'schemas/kubernetes/1.36/pod-v1.json': '{}',
  'schemas/argocd/3.2/application.json': '{}',
  'schemas/metallb/0.16/ipaddresspool.json': '{}',
};

test.each([
  ['kustomize', 'kustomize'],
  ['kustomize-of-argo-cd', 'kustomizeOfArgoCd'],
  ['kubeconform', 'kubeconform'],
  ['schemas/kubernetes/1.36/pod-v1.json', 'schemas'],
  ['schemas/argocd/3.2/application.json', 'schemas'],
  ['schemas/metallb/0.16/ipaddresspool.json', 'schemas'],
] as const)('a change of %s is another fingerprint of %s, and of nothing else', (path, changed) => {
  const folder = scratch(files);
  const before = fingerprints(folder);

  writeFileSync(join(folder, path), 'other!');

  const after = fingerprints(folder);
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual([changed]);
});

function fingerprints(folder: string): Record<string, string> {
  const { kustomize, kustomizeOfArgoCd, kubeconform, schemas } = validatorsOf(
    {
      kustomize: join(folder, 'kustomize'),
      kustomizeOfArgoCd: join(folder, 'kustomize-of-argo-cd'),
      kubeconform: join(folder, 'kubeconform'),
      schemas: join(folder, 'schemas'),
    },
    'identity',
    noCache,
  );
  return {
    kustomize: kustomize.fingerprint,
    kustomizeOfArgoCd: kustomizeOfArgoCd.fingerprint,
    kubeconform: kubeconform.fingerprint,
    schemas: schemas.fingerprint,
  };
}

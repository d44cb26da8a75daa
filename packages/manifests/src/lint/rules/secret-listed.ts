import { secretReferences } from '../../built/secret-references.ts';
import type { Rule } from '../rule.ts';
import { listed } from '../../words.ts';

export const secretListed: Rule = {
  id: 'secret-listed',
  title: 'An object reads a Secret that the topology does not name',
  why: 'Secrets are created by hand, from the list of those that the topology names; one that is not on it is forgotten, and the pod never starts.',
  isWaivable: true,
  check: (cluster, { requiredSecrets, metallbNamespace }) =>
    secretReferences(cluster, metallbNamespace)
      .filter(
        ({ namespace, name, pulls }) =>
          !pulls && !requiredSecrets.some((secret) => secret.namespace === namespace && secret.name === name),
      )
      .map(({ object, namespace, name }) => ({
        object,
        message: `The object reads the Secret ${namespace}/${name}, which the topology does not name.`,
        seen: `${namespace}/${name}`,
        allowed: listed(requiredSecrets.map((secret) => `${secret.namespace}/${secret.name}`)),
        hint: 'correct the name, or waive the rule here and say where the Secret comes from',
      })),
};

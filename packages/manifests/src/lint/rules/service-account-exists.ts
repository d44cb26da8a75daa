import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const serviceAccountExists: Rule = {
  id: 'service-account-exists',
  title: 'A pod or RoleBinding names a ServiceAccount or Role that does not exist',
  why: 'Kubernetes refuses the pod, or the agent may not see the other route servers and has no session with them.',
  isWaivable: true,
  check: ({ workloads, serviceAccounts, roleBindings, objects }) => {
    const accounts = serviceAccounts.map(({ view: { metadata } }) => `${metadata.namespace ?? ''}/${metadata.name}`);
    const namespaces = new Set(objects.flatMap(({ view }) => view.metadata.namespace ?? []));
    // Every namespace has the account "default"; of namespaces outside this build nothing is known.
    const isMissing = (namespace: string, name: string): boolean =>
      name !== 'default' && namespaces.has(namespace) && !accounts.includes(`${namespace}/${name}`);
    const finding = (object: string, namespace: string, name: string): RuleFinding => ({
      object,
      message: `The ServiceAccount ${name} does not exist in ${namespace}.`,
      seen: name,
      allowed: listed(accounts),
      hint: 'add it, or correct the name',
    });
    return [
      ...workloads.flatMap(({ id, namespace, template }) => {
        const name = template.spec.serviceAccountName ?? 'default';
        return isMissing(namespace, name) ? [finding(id, namespace, name)] : [];
      }),
      ...roleBindings.flatMap(({ id, view }) => {
        const own = view.metadata.namespace ?? '';
        const subjects = view.subjects
          .filter(({ kind }) => kind === 'ServiceAccount')
          .map(({ name, namespace = own }) => ({ name, namespace }))
          .filter(({ name, namespace }) => isMissing(namespace, name))
          .map(({ name, namespace }) => finding(id, namespace, name));
        const { kind, name } = view.roleRef;
        const hasRole =
          kind !== 'Role' ||
          objects.some(
            (role) =>
              role.view.kind === 'Role' && role.view.metadata.name === name && role.view.metadata.namespace === own,
          );
        if (hasRole) return subjects;
        const message = `The Role ${name} does not exist in ${own}.`;
        return [...subjects, { object: id, message, seen: name, hint: 'add it, or correct the name' }];
      }),
    ];
  },
};

import { formatKind } from '../../argo-cd/allowed-kinds.ts';
import { apiGroup } from '../../built/object-id.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const projectPermits: Rule = {
  id: 'project-permits',
  title: "Argo CD's project allows the kind and the namespace of every object",
  why: 'Argo CD refuses the whole sync, of all sides, over one object that its project does not allow.',
  isWaivable: false,
  check: ({ objects }, { project }) =>
    objects.flatMap(({ id, view }): RuleFinding[] => {
      const kind = formatKind({ group: apiGroup(view.apiVersion), kind: view.kind });
      const { namespace } = view.metadata;
      // Secrets have a rule of their own, and nobody may allow them.
      const isForeignKind = kind !== 'Secret' && !project.kinds.includes(kind);
      const isForeignNamespace = namespace !== undefined && !project.namespaces.includes(namespace);
      return [
        ...(isForeignKind
          ? [
              {
                object: id,
                message: `The project of the route servers does not allow the kind ${kind}.`,
                seen: kind,
                allowed: 'what is generated, and what gitops.customKinds lists',
                hint: `add ${kind} to gitops.customKinds in the topology`,
              },
            ]
          : []),
        ...(isForeignNamespace
          ? [
              {
                object: id,
                message: `The project of the route servers does not allow the namespace ${namespace}.`,
                seen: namespace,
                allowed: listed(project.namespaces),
                hint: 'leave the object to another Application of yours, or move it into one of these namespaces',
              },
            ]
          : []),
      ];
    }),
};

import { formatKind } from '../../argo-cd/allowed-kinds.ts';
import { apiGroup } from '../../built/object-id.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const projectPermits: Rule = {
  id: 'project-permits',
  title: "Argo CD's project does not allow the kind or the namespace of an object",
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
                message: `The AppProject of the route servers does not allow the kind ${kind}.`,
                seen: kind,
                allowed: 'the kinds that are generated, and those that gitops.customKinds lists',
                hint: `add ${kind} to gitops.customKinds in the topology, or deploy it with an Argo CD Application of your own`,
              },
            ]
          : []),
        ...(isForeignNamespace
          ? [
              {
                object: id,
                message: `The AppProject of the route servers does not allow the namespace ${namespace}.`,
                seen: namespace,
                allowed: listed(project.namespaces),
                hint: 'move the object into one of these namespaces, or deploy it with an Argo CD Application of your own',
              },
            ]
          : []),
      ];
    }),
};

import type { BuiltCluster } from '../../built/read-built.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const noSecret: Rule = {
  id: 'no-secret',
  title: 'A Secret, or a password in clear text, stands in the repository',
  why: 'Whoever can read the repository can read the Secret, and every clone keeps it.',
  isWaivable: false,
  check: (cluster) => [
    ...cluster.objects
      .filter(({ view }) => view.kind === 'Secret')
      .map(({ id }) => ({
        object: id,
        message: `${id} stands in the repository, where all its readers see what it holds.`,
        seen: id,
        allowed: 'references to Secrets that exist in the cluster',
        hint: 'remove it, and create it in the cluster with a new value: the old one is in the git history',
      })),
    ...passwords(cluster).map(({ object, field }): RuleFinding => ({
      object,
      message: `${field} has a password in clear text, which all readers of the repository see.`,
      seen: 'not shown',
      allowed: 'passwordSecret, with the name of a Secret that exists in the cluster',
      hint: 'remove it, and create a Secret in the cluster with a new password: the old one is in the git history',
    })),
  ],
};

/** Where MetalLB and frr-k8s take a password as it is. */
function passwords({ peers, frrConfigurations }: BuiltCluster): { readonly object: string; readonly field: string }[] {
  return [
    ...peers
      .filter(({ view }) => (view.spec.password ?? '') !== '')
      .map(({ id }) => ({ object: id, field: 'spec.password' })),
    ...frrConfigurations
      .filter(({ view }) => /^\s*[^!\s].*\bpassword\s+\S/m.test(view.spec.raw.rawConfig))
      .map(({ id }) => ({ object: id, field: 'spec.raw.rawConfig' })),
    ...frrConfigurations.flatMap(({ id, view }) =>
      view.spec.bgp.routers.flatMap(({ neighbors }, router) =>
        neighbors.flatMap(({ password = '' }, neighbor) => {
          const field = `spec.bgp.routers[${String(router)}].neighbors[${String(neighbor)}].password`;
          return password === '' ? [] : [{ object: id, field }];
        }),
      ),
    ),
  ];
}

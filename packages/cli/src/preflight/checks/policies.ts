import type { PreflightFacts, TrialFacts } from '../facts.ts';
import { fail, listed, ok, rowsOf, unknown, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

const check = 'policies';

/** Kyverno, Gatekeeper, Pod Security and the like are asked, not guessed: by a dry run of a pod. */
export function decidePolicies({ trial, webhooks }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return rowsOf(check, trial, (told) => {
    if (told !== undefined) return decideTrial(told);
    const { routeServers } = wanted.namespaces;
    return rowsOf(check, webhooks, (names) =>
      names.length === 0
        ? [ok(check, 'no webhook looks at pods or Services')]
        : [
            unknown(check, {
              why: `namespace ${routeServers} is not there, so that no pod can be tried; webhooks look at pods or Services: ${listed(names)}`,
              next: `kubectl apply -f base/FLEET/namespace.yaml, FLEET as the topology's file is called, and run this again`,
            }),
          ],
    );
  });
}

function decideTrial({ pods }: TrialFacts): readonly PreflightRow[] {
  const refused = pods.flatMap(({ statefulSet, refusal }) => (refusal === undefined ? [] : [{ statefulSet, refusal }]));
  const changed = pods.filter(({ added }) => added.length > 0);
  const rows = changed.map(({ statefulSet, added }) =>
    warn(
      check,
      `a webhook or a policy puts containers into the pods of ${statefulSet}: ${listed(added)}`,
      'have it leave the route servers alone: what stands between a session and bgpd ends it when it restarts',
    ),
  );
  if (refused.length + rows.length === 0) return [ok(check, 'a dry run of a pod of each StatefulSet was taken')];
  const refusals = refused.map(({ statefulSet, refusal }) =>
    fail(check, `a pod of ${statefulSet} is refused: ${refusal}`, 'have whoever refuses it let the route servers pass'),
  );
  return [...refusals, ...rows];
}

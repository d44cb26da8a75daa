import type { PreflightFacts, TrialFacts } from '../facts.ts';
import { fail, listed, ok, rowsOf, unknown, type PreflightRow } from '../row.ts';
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
  if (refused.length === 0) return [ok(check, 'a dry run of a pod of each StatefulSet was taken')];
  return refused.map(({ statefulSet, refusal }) =>
    fail(check, `a pod of ${statefulSet} is refused: ${refusal}`, 'have whoever refuses it let the route servers pass'),
  );
}

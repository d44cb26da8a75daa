import { parse } from 'yaml';
import { z } from 'zod';
import type { ArgoCdFacts } from '../facts.ts';
import { fail, listed, ok, rowsOf, unknown, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';
import { globOf } from './argo-cd-globs.ts';

const check = 'argo-cd-filters';
const texts = z.array(z.string()).nullish();
const filters = z.array(z.object({ apiGroups: texts, kinds: texts, clusters: texts })).nullish();

/** What Argo CD is told not to see (resource.exclusions, resource.inclusions), and how often it looks by itself. */
export function decideFilters({ configMaps }: ArgoCdFacts, wanted: Wanted): readonly PreflightRow[] {
  const settings = configMaps['argocd-cm'];
  if (!settings) return [];
  return rowsOf(check, settings, (map) => {
    const data = map?.data ?? {};
    const excluded = matching(data['resource.exclusions'], wanted);
    const included = matching(data['resource.inclusions'], wanted);
    if (excluded === undefined || included === undefined) {
      return [
        unknown(check, {
          why: 'resource.exclusions or resource.inclusions of argocd-cm are not understood',
          next: 'see that they leave the kinds of clusters/CLUSTER/apps/*-project.yaml in',
        }),
      ];
    }
    const isIncluding = (data['resource.inclusions'] ?? '').trim() !== '';
    const hidden = wanted.kinds.filter((kind) => excluded.includes(kind) || (isIncluding && !included.includes(kind)));
    const names = [...new Set(hidden.map(({ group, kind }) => (group === '' ? kind : `${group}/${kind}`)))];
    return [
      names.length > 0
        ? fail(
            check,
            `Argo CD does not see kinds that are generated: ${listed(names)}`,
            'take them out of resource.exclusions, or into resource.inclusions, of argocd-cm',
          )
        : ok(check, 'Argo CD sees every kind that is generated'),
      ...(/^0(s|m|h)?$/.test((data['timeout.reconciliation'] ?? '').trim())
        ? [
            warn(
              check,
              'timeout.reconciliation of argocd-cm is 0, so that Argo CD looks only when a webhook calls',
              'leave it on: without its own look the first sync of the root may never go on',
            ),
          ]
        : []),
    ];
  });
}

/** The wanted kinds that one of the filters matches; undefined: they cannot be read. */
function matching(text: string | undefined, { kinds }: Wanted): readonly Wanted['kinds'][number][] | undefined {
  const read = filters.safeParse(readYaml(text ?? ''));
  if (!read.success) return undefined;
  return kinds.filter(({ group, kind }) =>
    (read.data ?? []).some(
      // One that is for some clusters alone may be for this one.
      ({ apiGroups, kinds: named }) =>
        (!apiGroups?.length || apiGroups.some((pattern) => globOf(pattern).test(group))) &&
        (!named?.length || named.includes('*') || named.includes(kind)),
    ),
  );
}

/** Undefined, which is no list, for what is no YAML. */
function readYaml(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

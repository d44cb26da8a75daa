import type { ArgoCdFacts } from '../facts.ts';
import { rowsOf, warn, type PreflightRow } from '../row.ts';

const check = 'argo-cd-tracking';
const key = 'application.resourceTrackingMethod';

/** By which mark the interlock knows what this fleet's Applications apply (decision 56). Argo CD 3 writes it unless it is told not to. */
export function decideTracking({ configMaps }: ArgoCdFacts): readonly PreflightRow[] {
  const settings = configMaps['argocd-cm'];
  if (!settings) return [];
  return rowsOf(check, settings, (map) =>
    map?.data[key]?.trim() === 'label'
      ? [
          warn(
            check,
            `${key} of argocd-cm is label, so that Argo CD does not mark what it applies with its Application`,
            'the interlock cannot tell a commit of this fleet from one of another Application: take the key away, or give other AppProjects no destination in the namespaces of the fleet and of MetalLB',
          ),
        ]
      : [],
  );
}

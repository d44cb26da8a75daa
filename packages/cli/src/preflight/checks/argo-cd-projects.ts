import type { ArgoCdFacts, ProjectFacts } from '../facts.ts';
import { listed, rowsOf, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';
import { globOf } from './argo-cd-globs.ts';

const check = 'argo-cd-projects';
const own = { server: 'https://kubernetes.default.svc', name: 'in-cluster' };

/**
 * The interlock knows the fleet's Applications by a mark that another Application can put on its objects (RespectIgnoreDifferences,
 * `argocd app sync --local`), or that is not there: what keeps others out is where their AppProjects may go.
 */
export function decideProjects({ projects }: ArgoCdFacts, wanted: Wanted): readonly PreflightRow[] {
  const ours: readonly string[] = Object.values(wanted.applications);
  const places = [wanted.namespaces.routeServers, wanted.namespaces.metallb];
  return rowsOf(check, projects, (all) => {
    const foreign = all.filter((each) => !ours.includes(each.name) && places.some((place) => reaches(each, place)));
    return foreign.length === 0
      ? []
      : [
          warn(
            check,
            `other AppProjects may apply to ${places.join(' or ')}: ${listed(foreign.map(({ name }) => name))}`,
            `what their Applications apply there with the mark of one of ours, or without one, counts as a commit of this fleet: deny them these namespaces (destinations with server: '*' and ${places.map((place) => `namespace: '!${place}'`).join(', and ')}); the project "default" of a new Argo CD allows everything until somebody does`,
          ),
        ];
  });
}

/**
 * A pattern that begins with "!" allows all that it does not match, and what it matches is denied whatever else allows it (argo-cd,
 * pkg/apis/application/v1alpha1, isDestinationMatched).
 */
function reaches({ destinations }: ProjectFacts, namespace: string): boolean {
  const seen = destinations.map((each) => ({
    each,
    isHere: matches(each.server, own.server) || matches(each.name, own.name),
    isThere: matches(each.namespace, namespace),
  }));
  const isDenied = seen.some(
    ({ each, isHere, isThere }) =>
      denies(each.name, own.name) ||
      (denies(each.server, own.server) && isThere) ||
      (denies(each.namespace, namespace) && isHere),
  );
  return !isDenied && seen.some(({ isHere, isThere }) => isHere && isThere);
}

function matches(pattern: string, text: string): boolean {
  return pattern.startsWith('!') ? !denies(pattern, text) : globOf(pattern).test(text);
}

function denies(pattern: string, text: string): boolean {
  return pattern.startsWith('!') && globOf(pattern.slice(1)).test(text);
}

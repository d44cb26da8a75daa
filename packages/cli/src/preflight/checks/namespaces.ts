import type { NamespaceFacts, PreflightFacts } from '../facts.ts';
import { fail, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

export function decideNamespaces({ namespaces }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  const { routeServers, metallb } = wanted.namespaces;
  return [
    ...rowsOf('namespaces', namespaces.routeServers, (found) => decide(routeServers, found, wanted.podSecurity)),
    ...(wanted.isBehindVip ? rowsOf('namespaces', namespaces.metallb, (found) => decide(metallb, found)) : []),
  ];
}

function decide(name: string, found: NamespaceFacts | undefined, podSecurity?: string): readonly PreflightRow[] {
  if (found === undefined) return [ok('namespaces', `${name} is not there yet; a sync makes it`)];
  if (found.isTerminating) {
    return [
      fail(
        'namespaces',
        `${name} is being deleted, and nothing can be made in it`,
        `kubectl get namespace ${name} -o yaml says what its deletion waits for`,
      ),
    ];
  }
  if (podSecurity !== undefined && found.podSecurity !== undefined && found.podSecurity !== podSecurity) {
    return [
      warn(
        'namespaces',
        `${name} has the Pod Security level ${found.podSecurity}, and the sync sets ${podSecurity}`,
        `look whether other pods of ${name} keep ${podSecurity}`,
      ),
    ];
  }
  return [ok('namespaces', `${name} is there`)];
}

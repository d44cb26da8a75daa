import type { PreflightFacts } from './facts.ts';
import { decideApiServer } from './checks/api-server.ts';
import { decideArgoCd } from './checks/argo-cd.ts';
import { decideControlPlane } from './checks/control-plane.ts';
import { decideKubeProxy } from './checks/kube-proxy.ts';
import { decideLoadBalancers } from './checks/load-balancers.ts';
import { decideMetallb } from './checks/metallb.ts';
import { decideNamespaces } from './checks/namespaces.ts';
import { decideNodes } from './checks/nodes.ts';
import { decidePolicies } from './checks/policies.ts';
import { decideRanges } from './checks/ranges.ts';
import { decideRights } from './checks/rights.ts';
import { decideRoutes } from './checks/routes.ts';
import { decideSecrets } from './checks/secrets.ts';
import { decideTurn } from './checks/turn.ts';
import type { PreflightRow } from './row.ts';
import type { Wanted } from './wanted.ts';

/** Everything that a first sync needs of a cluster, in the order in which a person sees to it. */
export function decideRows(facts: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return [
    ...decideApiServer(facts),
    ...decideControlPlane(facts),
    ...decideNodes(facts, wanted),
    ...decideRoutes(wanted),
    ...decideRanges(facts, wanted),
    ...decideKubeProxy(facts, wanted),
    ...decideLoadBalancers(facts, wanted),
    ...decideMetallb(facts, wanted),
    ...decideNamespaces(facts, wanted),
    ...decideSecrets(facts.secrets),
    ...decidePolicies(facts, wanted),
    ...decideTurn(facts, wanted),
    ...decideArgoCd(facts, wanted),
    ...decideRights(facts.rights),
  ];
}

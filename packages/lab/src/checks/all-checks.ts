import { bothSides } from './both-sides.ts';
import type { LabCheck } from './check.ts';
import { evictedInARow } from './evicted-in-a-row.ts';
import { gracefulDelete } from './graceful-delete.ts';
import { engineKilled, podKilled } from './hard-failures.ts';
import { kubeletsKilled } from './kubelets-killed.ts';
import { meshFull } from './mesh-full.ts';
import { metallbAccepts } from './metallb-accepts.ts';
import { multihop } from './multihop.ts';
import { networkPolicies } from './network-policies.ts';
import { neverDials, neverDialsAfter } from './never-dials.ts';
import { objectsAccepted } from './objects-accepted.ts';
import { preflightTells } from './preflight-tells.ts';
import { routesThroughOne, routesThroughTwo } from './routes-untouched.ts';
import { undeclaredClients } from './undeclared-clients.ts';
import { trueAddresses } from './true-addresses.ts';
import { vipCommunities } from './vip-communities.ts';
import { vipPlacement } from './vip-placement.ts';

/** Everything that a lab proves, in the order in which it is proved: what disturbs comes last. */
export const allChecks: readonly LabCheck[] = [
  objectsAccepted,
  metallbAccepts,
  preflightTells,
  vipPlacement,
  vipCommunities,
  trueAddresses,
  networkPolicies,
  neverDials,
  meshFull,
  bothSides,
  routesThroughOne,
  routesThroughTwo,
  undeclaredClients,
  multihop,
  gracefulDelete,
  evictedInARow,
  podKilled,
  engineKilled,
  kubeletsKilled,
  neverDialsAfter,
];

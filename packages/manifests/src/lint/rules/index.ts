import type { Rule } from '../rule.ts';
import { addressPinned } from './address-pinned.ts';
import { addressPoolExists } from './address-pool-exists.ts';
import { addressesUnique } from './addresses-unique.ts';
import { advertisedOnce } from './advertised-once.ts';
import { advertisementClosed } from './advertisement-closed.ts';
import { bfdProfileExists } from './bfd-profile-exists.ts';
import { budgetCoverage } from './budget-coverage.ts';
import { changedFields } from './changed-fields.ts';
import { communityValues } from './community-values.ts';
import { configMapExists } from './config-map-exists.ts';
import { drainFitsPod } from './drain-fits-pod.ts';
import { ebgpMultihop } from './ebgp-multihop.ts';
import { frrLines } from './frr-lines.ts';
import { frrMerges } from './frr-merges.ts';
import { gateArguments } from './gate-arguments.ts';
import { generatedPresent } from './generated-present.ts';
import { governingService } from './governing-service.ts';
import { keptFieldsRule } from './kept-fields.ts';
import { metallbTakes } from './metallb-takes.ts';
import { namespaceLimits } from './namespace-limits.ts';
import { noBgpProbe } from './no-bgp-probe.ts';
import { noSecret } from './no-secret.ts';
import { peersOnNode } from './peers-on-node.ts';
import { poolAdvertised } from './pool-advertised.ts';
import { portNameExists } from './port-name-exists.ts';
import { portsClosed } from './ports-closed.ts';
import { projectPermits } from './project-permits.ts';
import { readable } from './readable.ts';
import { readinessMovesVip } from './readiness-moves-vip.ts';
import { scaledByOthers } from './scaled-by-others.ts';
import { secretListed } from './secret-listed.ts';
import { selectorPods } from './selector-pods.ts';
import { serviceAccountExists } from './service-account-exists.ts';
import { settingsReadable } from './settings-readable.ts';
import { sideAffinity } from './side-affinity.ts';
import { sideRevision } from './side-revision.ts';
import { syncOrder } from './sync-order.ts';

/** Every rule, in the order of its findings. */
export const rules: readonly Rule[] = [
  readable,
  generatedPresent,
  noSecret,
  addressPoolExists,
  addressPinned,
  poolAdvertised,
  advertisementClosed,
  advertisedOnce,
  bfdProfileExists,
  ebgpMultihop,
  peersOnNode,
  metallbTakes,
  communityValues,
  frrMerges,
  frrLines,
  addressesUnique,
  selectorPods,
  portsClosed,
  sideAffinity,
  budgetCoverage,
  scaledByOthers,
  namespaceLimits,
  governingService,
  configMapExists,
  serviceAccountExists,
  settingsReadable,
  readinessMovesVip,
  drainFitsPod,
  portNameExists,
  noBgpProbe,
  secretListed,
  syncOrder,
  sideRevision,
  gateArguments,
  keptFieldsRule,
  changedFields,
  projectPermits,
];

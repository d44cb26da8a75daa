import { actingPolicy } from '../acting-policy.ts';
import { written } from '../creation-policy.ts';
import type { GuardedFleet } from '../fleet.ts';
import type { PolicyIntent } from '../policy.ts';

const operations = [...written, 'DELETE'] as const;

/**
 * Settings that MetalLB's programs read while they run, of every node at once, and that nobody needs to have. Raw lines for the
 * FRR of every speaker (MetalLB, internal/k8s/controllers/config_controller.go); MetalLB's other backends refuse the whole
 * configuration while it is there, so that a speaker which starts then has no session.
 */
export function rawLinesPolicy(fleet: GuardedFleet): PolicyIntent {
  return actingPolicy(fleet, {
    id: 'metallb-raw-lines',
    namespace: fleet.metallbNamespace,
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'], operations: [...operations] }],
    conditions: {},
    acts: named('bgpextras'),
    what: "'ConfigMap'",
    why: 'adds lines to the configuration of FRR on every node',
    fields: ['data'],
  });
}

/**
 * How much frr-k8s writes into its log, on every node at once (frr-k8s, internal/controller/frrk8sconfiguration_controller.go).
 * Level "debug" is `debug bgp updates` to FRR, and bgpd 10.7.1 ends by that (seen).
 */
export function frrLogPolicy(fleet: GuardedFleet): PolicyIntent {
  return actingPolicy(fleet, {
    id: 'frr-log-levels',
    namespace: fleet.metallbNamespace,
    rules: [
      {
        ...{ apiGroups: ['frrk8s.metallb.io'], apiVersions: ['*'], resources: ['frrk8sconfigurations'] },
        operations: [...operations],
      },
    ],
    conditions: {},
    acts: named('config'),
    what: "'FRRK8sConfiguration'",
    why: 'changes the FRR of every node',
    fields: ['spec'],
  });
}

function named(name: string): (object: string) => string {
  return (object) => `(${object} != null && ${object}.metadata.?name.orValue('') == '${name}')`;
}

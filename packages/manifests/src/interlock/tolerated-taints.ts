import type { Topology } from '@meshrs/topology';
import type { PodSpec } from '../kubernetes/core-types.ts';
import { tolerationsOf } from '../pod/options.ts';
import { tolerations as tolerationsOfAbsence } from '../pod/placement.ts';
import { celAll, celAny, celText } from './cel.ts';

type Toleration = NonNullable<PodSpec['tolerations']>[number];

/**
 * CEL of a taint with the effect NoExecute: whether the route servers tolerate it, and MetalLB's pods as far as a commit installs
 * them. Those of a DaemonSet tolerate a node's absence by themselves (Kubernetes, pkg/controller/daemon/util, `AddOrUpdateDaemonPodTolerations`).
 */
export function isTolerated(
  taint: string,
  { metallb, routeServers }: Pick<Topology, 'metallb' | 'routeServers'>,
): string {
  const { speaker, 'frr-k8s': frrK8s } = metallb.chart.values;
  const speakers = [speaker, ...(metallb.backend === 'frr-k8s' ? [frrK8s] : [])];
  const pods = [routeServers.pods, ...(metallb.chart.install ? speakers : [])];
  const byAll = pods.map((each) =>
    celAny(
      [...tolerationsOfAbsence, ...tolerationsOf({ tolerations: each?.tolerations ?? [] })]
        .filter(({ effect = 'NoExecute' }) => effect === 'NoExecute')
        .map((toleration) => fits(taint, toleration)),
    ),
  );
  return celAll([...new Set(byAll)]);
}

/** Kubernetes API, "Toleration": without a key it stands for all. */
function fits(taint: string, { key, operator, value = '' }: Toleration): string {
  return celAll([
    ...(key === undefined || key === '' ? [] : [`${taint}.key == ${celText(key)}`]),
    ...(operator === 'Exists' ? [] : [`${taint}.?value.orValue('') == ${celText(value)}`]),
  ]);
}

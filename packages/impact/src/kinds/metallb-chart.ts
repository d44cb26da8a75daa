import { z } from 'zod';
import type { BuiltCluster } from '@meshrs/manifests/built';

/** What makes MetalLB's BGP sessions. */
export type Backend = 'native' | 'frr' | 'frr-k8s';

const enabled = z.object({ enabled: z.boolean() });
const application = z.object({
  kind: z.literal('Application'),
  spec: z.object({
    source: z.object({
      chart: z.literal('metallb'),
      helm: z.object({ valuesObject: z.object({ frrk8s: enabled, speaker: z.object({ frr: enabled }) }) }),
    }),
  }),
});

/** By the values of MetalLB's chart; undefined where somebody else installs it. */
export function backendOf({ objects }: BuiltCluster): Backend | undefined {
  for (const { view } of objects) {
    const { success, data } = application.safeParse(view);
    if (!success) continue;
    const { frrk8s, speaker } = data.spec.source.helm.valuesObject;
    if (frrk8s.enabled) return 'frr-k8s';
    return speaker.frr.enabled ? 'frr' : 'native';
  }
  return undefined;
}

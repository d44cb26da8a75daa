import type { BuiltCluster, ObjectView } from '@meshrs/manifests/built';
import { z } from 'zod';
import { priorityClassActs, secretActs } from '../acts.ts';
import type { Act } from '../effect.ts';
import type { Outside } from './argo-cd.ts';

const pods = z.looseObject({ priorityClassName: z.string().optional() }).optional();

/** What MetalLB's Application says of the chart, as far as it names what no commit makes. */
const application = z.looseObject({
  destination: z.looseObject({ namespace: z.string().default('metallb') }),
  source: z.looseObject({
    chart: z.literal('metallb'),
    helm: z.looseObject({
      valuesObject: z.looseObject({
        imagePullSecrets: z.array(z.looseObject({ name: z.string() })).default([]),
        controller: pods,
        speaker: pods,
        'frr-k8s': z.looseObject({ frrk8s: pods }).optional(),
      }),
    }),
  }),
});

/** Pods of MetalLB do not start without the Secrets and PriorityClasses that the values of its chart name. */
export function chartActs({ before, after }: Outside): readonly Act[] {
  const [old, next] = [namedBy(before), namedBy(after)];
  return [...secretActs(old.secrets, next.secrets), ...priorityClassActs(old.classes, next.classes)];
}

function namedBy({ objects }: BuiltCluster): { readonly secrets: string[]; readonly classes: string[] } {
  const values = objects.flatMap(({ view }) => valuesOf(view));
  return {
    secrets: values.flatMap(({ namespace, imagePullSecrets }) =>
      imagePullSecrets.map(({ name }) => `${namespace}/${name}`),
    ),
    classes: values.flatMap(({ controller, speaker, 'frr-k8s': frrK8s }) =>
      [controller, speaker, frrK8s?.frrk8s].flatMap((each) => each?.priorityClassName ?? []),
    ),
  };
}

function valuesOf({ kind, spec }: ObjectView) {
  const { data } = application.safeParse(spec);
  if (kind !== 'Application' || !data) return [];
  return [{ namespace: data.destination.namespace, ...data.source.helm.valuesObject }];
}

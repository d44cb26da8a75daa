import { kindName } from '../../built/object-id.ts';
import type { ObjectView } from '../../built/views.ts';
import { valueAt } from '../kept/kept-field.ts';
import { isMapping } from '../meaning/difference.ts';
import { textIn } from '../meaning/verdict.ts';
import type { Rule } from '../rule.ts';

/** Where autoscalers name what they change (HorizontalPodAutoscaler, VerticalPodAutoscaler, KEDA's ScaledObject). */
const references = ['scaleTargetRef', 'targetRef'];

export const scaledByOthers: Rule = {
  id: 'scaled-by-others',
  title: 'An autoscaler changes a generated StatefulSet',
  why: 'It starts, ends and replaces route servers of both sides whenever it likes, and asks no gate.',
  isWaivable: false,
  check: ({ objects }, { generated }) =>
    objects
      .filter(({ id, view }) => !generated.includes(id) && !isAdvice(view))
      .flatMap(({ id, view }) =>
        references.flatMap((key) => {
          const reference = valueAt(view, ['spec', key]);
          if (!isMapping(reference)) return [];
          const { namespace = '' } = view.metadata;
          const target = `${textIn(reference, 'kind') ?? 'StatefulSet'} ${namespace}/${textIn(reference, 'name') ?? ''}`;
          if (!generated.includes(target)) return [];
          return [
            {
              object: id,
              message: `The ${kindName(view)} changes ${target} by itself.`,
              seen: `spec.${key}: ${target}`,
              allowed: 'workloads of your own, or a VerticalPodAutoscaler with updateMode: "Off"',
              hint: 'remove it; replicas and memory of route servers stand in the topology',
            },
          ];
        }),
      ),
};

/** A VerticalPodAutoscaler that says what it would do, and does nothing (its API, "UpdateMode"). */
function isAdvice(view: ObjectView): boolean {
  return view.kind === 'VerticalPodAutoscaler' && valueAt(view, ['spec', 'updatePolicy', 'updateMode']) === 'Off';
}

import { podName } from '@meshrs/contract';
import { wellKnownLabels } from '../kubernetes/well-known-labels.ts';
import type { KindReader } from './built.ts';
import { workloadViews, type ContainerView, type PodTemplateView, type SelectorView } from './views.ts';

/** A workload of a build and the pods that it makes. */
export interface Workload {
  readonly id: string;
  readonly kind: keyof typeof workloadViews;
  readonly name: string;
  readonly namespace: string;
  /** Of the object itself. */
  readonly labels: Readonly<Record<string, string>>;
  readonly template: PodTemplateView;
  /** Undefined for jobs and bare pods, which need none. */
  readonly selector: SelectorView | undefined;
  readonly serviceName: string | undefined;
  readonly pods: readonly BuiltPod[];
}

/** A pod as selectors see it. */
export interface BuiltPod {
  /** Id of its workload. */
  readonly owner: string;
  /** True for StatefulSets and bare pods; elsewhere the workload's name stands for all of its pods. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All workloads of a build. */
export function podsOf(ofKind: KindReader): Workload[] {
  return [
    ...ofKind('StatefulSet', 'apps', workloadViews.StatefulSet).map(({ id, view }): Workload => {
      const { metadata, spec } = view;
      const namespace = metadata.namespace ?? '';
      const names = Array.from({ length: spec.replicas }, (_, ordinal) => podName(metadata.name, ordinal));
      const pods = names.map((name, index) => ({
        owner: id,
        name,
        namespace,
        labels: {
          ...spec.template.metadata.labels,
          [wellKnownLabels.podName]: name,
          [wellKnownLabels.podIndex]: String(index),
        },
      }));
      return {
        id,
        kind: 'StatefulSet',
        name: metadata.name,
        namespace,
        labels: metadata.labels,
        template: spec.template,
        selector: spec.selector,
        serviceName: spec.serviceName,
        pods,
      };
    }),
    ...(['Deployment', 'ReplicaSet', 'DaemonSet'] as const).flatMap((kind) =>
      ofKind(kind, 'apps', workloadViews[kind]).map(({ id, view }) =>
        ofTemplate(id, kind, view.metadata, view.spec.template, view.spec.selector),
      ),
    ),
    ...ofKind('Job', 'batch', workloadViews.Job).map(({ id, view }) =>
      ofTemplate(id, 'Job', view.metadata, view.spec.template),
    ),
    ...ofKind('CronJob', 'batch', workloadViews.CronJob).map(({ id, view }) =>
      ofTemplate(id, 'CronJob', view.metadata, view.spec.jobTemplate.spec.template),
    ),
    ...ofKind('Pod', '', workloadViews.Pod).map(({ id, view }) =>
      ofTemplate(id, 'Pod', view.metadata, {
        metadata: { labels: view.metadata.labels, annotations: view.metadata.annotations },
        spec: view.spec,
      }),
    ),
  ];
}

function ofTemplate(
  id: string,
  kind: Workload['kind'],
  metadata: { readonly name: string; readonly namespace?: string | undefined; readonly labels: Record<string, string> },
  template: PodTemplateView,
  selector?: SelectorView,
): Workload {
  const { name, namespace = '', labels } = metadata;
  const pods = [{ owner: id, name, namespace, labels: template.metadata.labels }];
  return { id, kind, name, namespace, labels, template, selector, serviceName: undefined, pods };
}

/** All containers of a workload's pods, init containers first. */
export function containersOf({ template }: Workload): ContainerView[] {
  return [...template.spec.initContainers, ...template.spec.containers];
}

/** The containers that run as long as the pod does: native sidecars and ordinary ones. */
export function runningContainersOf({ template }: Workload): ContainerView[] {
  const sidecars = template.spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...template.spec.containers];
}

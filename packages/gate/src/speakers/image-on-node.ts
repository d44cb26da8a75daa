import { shown } from '@meshrs/contract';

/** How a container of a pod stands that does nothing but bring an image to its node (Kubernetes, "Container states"). */
export interface ImageContainerSight {
  readonly image: string;
  readonly state:
    | { readonly kind: 'unknown' }
    | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
    | { readonly kind: 'running' }
    /** `reason`: in the kubelet's words; "" where it says nothing. */
    | { readonly kind: 'terminated'; readonly reason: string; readonly message: string }
    /** The pod has ended for a reason of its own: the kubelet did not take it, evicted it, or its time was over. */
    | { readonly kind: 'rejected'; readonly reason: string; readonly message: string };
}

export type ImageOnNode =
  | { readonly kind: 'there' }
  | { readonly kind: 'awaited' }
  /** In the kubelet's words. `isFinal`: trying again is of no use. */
  | { readonly kind: 'failing'; readonly why: string; readonly isFinal: boolean };

/** What the kubelet says of a pull that failed (Kubernetes, pkg/kubelet/images/types.go). */
const pullFailures: Readonly<Record<string, { readonly isFinal: boolean }>> = {
  ErrImagePull: { isFinal: false },
  ImagePullBackOff: { isFinal: false },
  RegistryUnavailable: { isFinal: false },
  SignatureValidationFailed: { isFinal: false },
  ImageInspectError: { isFinal: false },
  ErrImageNeverPull: { isFinal: true },
  InvalidImageName: { isFinal: true },
};

/**
 * What it says when it has the image and makes the container of it, which fails: the pod names a program that no image has
 * (Kubernetes, pkg/kubelet/kuberuntime/kuberuntime_container.go).
 */
const afterPull: readonly string[] = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'PreCreateHookError',
  'PreStartHookError',
  'RunContainerError',
];

/**
 * What it says of a container that it killed before it knew of a start, or does not know any more (Kubernetes,
 * pkg/kubelet/kubelet_pods.go and container/runtime.go): that tells nothing of the image.
 */
const neverSeen: readonly string[] = ['ContainerStatusUnknown'];

/** A registry's answer is as long as it likes. */
const longestWhy = 300;

/** Whether the image is on the node. */
export function imageOnNode({ state }: ImageContainerSight): ImageOnNode {
  if (state.kind === 'unknown') return { kind: 'awaited' };
  const isKilled = state.kind === 'terminated' && neverSeen.includes(state.reason);
  if (state.kind === 'rejected' || isKilled) return { kind: 'failing', why: whyOf(state), isFinal: true };
  if (state.kind !== 'waiting' || afterPull.includes(state.reason)) return { kind: 'there' };
  const failure = pullFailures[state.reason];
  if (!failure) return { kind: 'awaited' };
  return { kind: 'failing', why: whyOf(state), ...failure };
}

function whyOf({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return shown([reason, message].filter((text) => text !== '').join(': '), longestWhy);
}

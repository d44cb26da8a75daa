/** Labels that Kubernetes sets (Kubernetes documentation, "Well-Known Labels, Annotations and Taints"). */
export const wellKnownLabels = {
  /** On nodes. */
  hostname: 'kubernetes.io/hostname',
  /** On the pods of a StatefulSet. */
  podName: 'statefulset.kubernetes.io/pod-name',
  /** On the pods of a StatefulSet. */
  podIndex: 'apps.kubernetes.io/pod-index',
} as const;

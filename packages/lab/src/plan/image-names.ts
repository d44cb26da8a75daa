/** Holds the namespaces of a pod. */
export const pauseImage = 'localhost/meshrs-lab/pause:lab';

/** The cluster's DNS. */
export const coreDnsImage = 'localhost/meshrs-lab/coredns:lab';

/** FRR with what reloads its configuration, as frr-k8s wants it. */
export const frrToolsImage = 'localhost/meshrs-lab/frr-tools:lab';

/** frr-k8s' own programs, over the same files: its containers copy with a shell. */
export const frrK8sImage = 'localhost/meshrs-lab/frr-k8s:lab';

/**
 * User and group ids of the pod's processes. FRR's official image runs its daemons as 100:101 (frr:frr); the agent has
 * the same ids because bgpd's socket belongs to them.
 */
export const ids = {
  frr: { user: 100, group: 101 },
  /** cRPD runs as root. */
  crpd: { user: 0, group: 0 },
} as const;

/** Names of the pod's containers. */
export const containers = { init: 'meshrr-init', agent: 'meshrr', engine: { crpd: 'crpd', frr: 'frr' } } as const;

/** The agent's arguments; `init` and `sidecar` are upstream's. */
export const agentCommands = {
  init: 'init',
  sidecar: 'sidecar',
  drain: 'drain',
  undrain: 'undrain',
  gate: 'gate',
  removalGate: 'removal-gate',
  closeTurn: 'close-turn',
} as const;

/**
 * Environment variables that the agent reads; all but POD_NAME, POD_NAMESPACE, POD_UID and those that begin with MESHRS_ are upstream's.
 */
export const environment = {
  podIp: 'POD_IP',
  podName: 'POD_NAME',
  podNamespace: 'POD_NAMESPACE',
  podUid: 'POD_UID',
  /**
   * A hash of the pod's template without this variable. The agent repeats it in GET /status: by it a gate in another
   * cluster, which may not ask this one's API, sees that a pod runs what was committed.
   */
  podRevision: 'MESHRS_POD_REVISION',
  /** The turn of the fleet, which every agent closes when its time is over; not set: none. */
  turn: 'MESHRS_TURN',
  licenceKey: 'LICENSE_KEY',
  mode: 'MESHRR_MODE',
  updateSeconds: 'UPDATE_SECONDS',
  rootPassword: 'ENCRYPTED_ROOT_PW',
  autonomousSystem: 'AUTONOMOUS_SYSTEM',
} as const;

/** Labels on the pods of all route servers. */
export const labels = {
  /** Upstream's: the same value on every route server of a fleet. */
  app: 'app',
  /** On pods and on nodes: the unit of failure and of change. */
  side: 'side',
  /** The StatefulSet of a pod, where several stand behind one VIP. */
  workload: 'meshrs.dev/workload',
  /** On pods that are no route servers: what they are for, one of `roles`. */
  role: 'meshrs.dev/role',
  /** On namespaces: "true" lets their pods read the agents' HTTP. */
  monitoring: 'meshrs.dev/monitoring',
} as const;

/** Values of the label `role`. */
export const roles = {
  gate: 'gate',
  /** Brings an image to a node, and runs nothing. */
  image: 'image',
} as const;

/** The pod name of a StatefulSet's replica (Kubernetes StatefulSet, "Ordinal Index"). */
export function podName(statefulSet: string, ordinal: number): string {
  return `${statefulSet}-${String(ordinal)}`;
}

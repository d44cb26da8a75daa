/** TCP ports of a route-server pod. */
export const ports = {
  /** RFC 4271 section 4; also the port that clients dial at the VIP. */
  bgp: 179,
  /** cRPD management. */
  ssh: 22,
  /** NETCONF over SSH (RFC 6242 gives 830). */
  netconf: 830,
  /** The agent's read-only HTTP: /status, /metrics, and for people /healthz and /readyz. */
  agent: 8179,
  /** kubelet's probes of the agent alone, so that they share no listener with whoever asks port `agent`. */
  probes: 8180,
} as const;

/** Names of the ports in pods and Services. */
export const portNames = {
  bgp: 'bgp',
  ssh: 'ssh',
  netconf: 'netconf',
  agent: 'agent',
  probes: 'probes',
} as const satisfies Record<keyof typeof ports, string>;

/** The agent's HTTP paths; all of them read-only. */
export const agentPaths = {
  alive: '/healthz',
  ready: '/readyz',
  status: '/status',
  /** Of the status what gates and other agents count: small, and not sent again while it stays the same. */
  clients: '/clients',
  metrics: '/metrics',
} as const;

/** Folders that containers of a route-server pod share; each is a mount point of a volume. */
export const folders = {
  /** Settings and optional template, from ConfigMaps; a folder and not a subPath, so that changes arrive. */
  settings: '/opt/meshrr/conf',
  /** What all sides of the fleet know of each other, from a ConfigMap that belongs to no side. */
  fleet: '/opt/meshrr/fleet',
  /** The engine's configuration, written by the agent, read by the engine. */
  config: '/config',
  /** Requests to the agent from inside the pod, and its answers. */
  requests: '/run/meshrr',
  /** The sockets of FRR's daemons. */
  frrSockets: '/run/frr',
  /** FRR's state; bgpd wants it writable. */
  frrState: '/var/lib/frr',
  /** The agent's key for NETCONF to cRPD. */
  sshKey: '/secret/ssh',
  /** Writable scratch of the agent; its root file system is read-only. */
  scratch: '/tmp',
} as const;

/** Keys of the settings ConfigMap, which are the names of the files in its folder. */
export const settingsKeys = { settings: 'meshrr.conf.yml', template: 'juniper.conf.j2' } as const;

/** The one key of the fleet's ConfigMap. */
export const fleetKey = 'fleet.yml';

export const files = {
  settings: `${folders.settings}/${settingsKeys.settings}`,
  template: `${folders.settings}/${settingsKeys.template}`,
  fleet: `${folders.fleet}/${fleetKey}`,
  crpdConfig: `${folders.config}/juniper.conf`,
  frrConfig: `${folders.config}/frr.conf`,
  bgpdSocket: `${folders.frrSockets}/bgpd.vty`,
  bgpdPid: `${folders.frrSockets}/bgpd.pid`,
  /** Created by the engine's preStop or `mesh-agent drain`, with a text that says who asks: the agent then drains the route server. */
  drainRequest: `${folders.requests}/drain.request`,
  /** The agent's answer, there while the route server is drained; empty: somebody asks for it anew. */
  drainDone: `${folders.requests}/drain.done`,
  /** What the agent keeps over its own restart. */
  agentState: `${folders.requests}/agent-state.json`,
  /** The socket at which the sidecar answers `mesh-agent evictions`. */
  agentSocket: `${folders.requests}/agent.sock`,
  sshKey: `${folders.sshKey}/id_ed25519`,
  /** Created after the first login to cRPD; upstream's startup probe reads it. */
  connectedToCrpd: `${folders.scratch}/connected-to-crpd`,
} as const;

/** Names of the pod's volumes, by what they hold. */
export const volumes = {
  settings: 'settings',
  fleet: 'fleet',
  config: 'config',
  requests: 'requests',
  frrSockets: 'frr-sockets',
  frrState: 'frr-state',
  sshKey: 'ssh-id',
  scratch: 'scratch',
} as const satisfies Record<keyof typeof folders, string>;

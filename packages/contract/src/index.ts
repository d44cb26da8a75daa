export * from './bgpd-command.ts';
export * from './bounds.ts';
export * from './checks/asn-checks.ts';
export * from './checks/check-settings.ts';
export * from './checks/claims.ts';
export { adviceCodes } from './checks/ineffective-keys.ts';
export { podCodes } from './checks/pod-checks.ts';
export * from './checks/route-server-checks.ts';
export * from './checks/route-server-codes.ts';
export * from './clients.ts';
export * from './drain.ts';
export * from './drain-phases.ts';
export * from './drain-request.ts';
export * from './engine.ts';
export * from './engine-changes.ts';
export * from './engine-memory.ts';
export * from './engine-probe.ts';
export * from './evictions.ts';
export * from './files.ts';
export * from './fleet.ts';
export * from './frr-debug-levels.ts';
export * from './frr-version.ts';
export * from './gate.ts';
export * from './hold.ts';
export * from './interlock-states.ts';
export * from './identity.ts';
export * from './intent.ts';
export * from './log-levels.ts';
export * from './mesh-peers.ts';
export * from './narrow-ranges.ts';
export * from './path-attributes.ts';
export * from './pins.ts';
export * from './ports.ts';
export * from './program-variables.ts';
export * from './readiness-probe.ts';
export * from './readiness.ts';
export * from './readiness-reasons.ts';
export * from './sessions.ts';
export * from './settings.ts';
export * from './settings-schema.ts';
export * from './speakers.ts';
export * from './status/client-columns.ts';
export * from './status/clients-format.ts';
export * from './status/shown.ts';
export * from './status/write-clients.ts';
export * from './timers.ts';
export * from './turn/budget.ts';
export * from './turn/read-turn.ts';
export * from './turn/turn.ts';
// Types alone: the schema is made by who reads a status, from `@meshrs/contract/status`; an agent that starts is none.
export type {
  AgentStatus,
  BgpSession,
  Doubt,
  DrainState,
  EngineChange,
  EngineStatus,
  Eviction,
  EvictionStatus,
  FailureDescription,
  HeldStatus,
  HoldStatus,
  LastHoldStatus,
  TurnStatus,
  LeftOut,
  LostClientStatus,
  MeshGroupStatus,
  PassedOverNeighbor,
  PendingChangeStatus,
  PeerChange,
  PinStatus,
  ReadinessReason,
  SeenPassedOverNeighbor,
  SeenSession,
  SeenSessions,
  SeenStatus,
  SettingsStatus,
  ToldSessions,
} from './status/status.ts';
export type { ClientsHead, SeenClients, ToldByAgent } from './status/told-clients.ts';

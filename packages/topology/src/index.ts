export { supportedEngines } from './checks/unsupported.ts';
export { topologyCodes, type TopologyCode, type TopologyCodeDescription } from './codes.ts';
export * from './fleet.ts';
export { generatedKinds } from './generated-kinds.ts';
export { systemCapabilities, type SystemCapabilities } from './system-capabilities.ts';
export { linksOf, routerPortsOf, type PlacedLink, type RouterPort } from './ports.ts';
export {
  checkAcross,
  readTopology,
  type ReadTopologyOptions,
  type TopologyFile,
  type TopologyIssue,
} from './read-topology.ts';
export { topologySchema, type Topology } from './schema/index.ts';
export { type Client, type ClientGroup } from './schema/clients.ts';
export type { AnycastLoopback } from './schema/metallb.ts';
export type { Cluster } from './schema/placement.ts';
export type { Pods } from './schema/pods.ts';
export type { Link, Node, Router } from './schema/routers.ts';
export type { Side } from './schema/sides.ts';
export { systems, type System } from './schema/systems.ts';

import { z } from 'zod';
import { clientGroups, clients } from './clients.ts';
import { gitops } from './gitops.ts';
import { management } from './management.ts';
import { metallb } from './metallb.ts';
import { placement } from './placement.ts';
import { nodes, routers } from './routers.ts';
import { routeServers } from './route-servers.ts';
import { sides } from './sides.ts';

/** The schema of topologies/*.yaml. */
export const topologySchema = z
  .strictObject({ placement, gitops, routeServers, clientGroups, sides, metallb, management, routers, nodes, clients })
  .meta({ title: 'meshrs topology', description: 'One fleet of BGP EVPN route servers and the network around it.' });

/** A topology, read: defaults filled in, texts turned into numbers and addresses. */
export type Topology = z.output<typeof topologySchema>;

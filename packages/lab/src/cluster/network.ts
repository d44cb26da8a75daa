import { ipBatch } from '../host/namespaces.ts';
import type { ClusterPlan, NodePlan } from '../plan/lab-plan.ts';

const port = 'mgmt0';
const bridgeMac = '02:00:00:00:00:01';

/** The management network: a bridge in the control plane's namespace, a port on each node, routes to all pods. */
export async function makeManagementNetwork(cluster: ClusterPlan): Promise<void> {
  const { nodes } = cluster;
  const length = cluster.management.slice(cluster.management.indexOf('/'));
  await ipBatch(
    nodes.map(
      (node, index) =>
        `link add ${bridgePort(index)} netns ${cluster.namespace} type veth peer name ${port} netns ${node.namespace}`,
    ),
  );
  await Promise.all([
    ipBatch(
      [
        // With a MAC of its own: else it takes its lowest port's, changes it with each port, and who has it in ARP sends to nobody.
        `link add ${port} address ${bridgeMac} type bridge`,
        `address add ${cluster.apiAddress}${length} dev ${port}`,
        `link set ${port} up`,
        ...nodes.map((_, index) => `link set ${bridgePort(index)} master ${port} up`),
        ...podRoutes(nodes),
      ],
      cluster.namespace,
    ),
    ...nodes.map((node) =>
      ipBatch(
        [
          `address add ${node.managementAddress}${length} dev ${port}`,
          `link set ${port} up`,
          ...podRoutes(nodes.filter((other) => other !== node)),
          // Service addresses need a route before kube-proxy translates them; beyond the control plane is nothing.
          `route add default via ${cluster.apiAddress}`,
        ],
        node.namespace,
      ),
    ),
  ]);
}

function podRoutes(nodes: readonly NodePlan[]): string[] {
  return nodes.map(({ podRange, managementAddress }) => `route add ${podRange} via ${managementAddress}`);
}

function bridgePort(index: number): string {
  return `node${String(index + 1)}`;
}

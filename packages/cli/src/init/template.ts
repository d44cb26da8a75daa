import { defaultTimers } from '@meshrs/contract';

/** The first topology, before the answers are put in: a fleet of two sides on one cluster. */
export const template = `# yaml-language-server: $schema=../schemas/topology.schema.json
# What a key means: pnpm meshrs explain routeServers.engine

placement:
  clusters: {}

gitops:
  repository: https://git.example.com/network/meshrs.git # this repository, as Argo CD reaches it
  revision: main

routeServers:
  asn: "65000.1"
  engine: frr

clientGroups:
  MESHRR-CLIENTS:
    prefixes: [192.168.0.0/23]
    asns: ["65001-65534"]

sides:
  a:
    service: routeserver-a
    vips: [192.168.255.1]
    statefulSets:
      routeserver-a:
        replicas: 1
        routerIds: [192.168.255.11]
  b:
    service: routeserver-b
    vips: [192.168.255.2]
    statefulSets:
      routeserver-b:
        replicas: 1
        routerIds: [192.168.255.21]

metallb:
  backend: frr-k8s
  peerScope: side
  holdSeconds: ${String(defaultTimers.metallb.holdSeconds)}
  password: { secrets: { a: metallb-bgp-a, b: metallb-bgp-b } } # Secrets of yours, type kubernetes.io/basic-auth
  anycastLoopbacks:
    fabric: { address: 192.168.255.0, routerAsn: "65000.2", metallbAsn: "65000.3" }

# The routers to which the nodes are attached: put your own names, systems, ports and addresses here.
routers: {}

nodes: {}

# The clients: declared ones are refused with any other AS.
#   dc1-leaf1: { system: junos, asn: "65101", addresses: [192.168.1.11] }
clients: {}
`;

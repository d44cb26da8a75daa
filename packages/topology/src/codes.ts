import { routeServerCodes } from '@meshrs/contract';
import { documentCodes, type CodeDescription } from '@meshrs/strict-yaml';

/** A code of the topology's checks. */
export interface TopologyCodeDescription extends CodeDescription {
  /** Sections that must have been read as a whole; else what is missing may only be unreadable, and the check is silent. */
  readonly needs?: readonly string[];
}

const checkCodes = {
  'too-few-sides': {
    severity: 'error',
    needs: ['sides'],
    title: 'There are fewer than two sides',
    why: 'Each client keeps a session on another side while one side changes or fails; with one side there is no other.',
  },
  'side-without-cluster': {
    severity: 'error',
    needs: ['placement'],
    title: 'A side is placed on no cluster',
    why: 'Its route servers would run nowhere.',
  },
  'side-on-two-clusters': {
    severity: 'error',
    title: 'A side is placed on two clusters',
    why: 'Both would announce its VIP, and their pods would have the same router-ids.',
  },
  'destination-twice': {
    severity: 'error',
    title: 'Two clusters have the same Argo CD destination',
    why: 'Argo CD would apply both to one cluster, and each would prune what belongs to the other.',
  },
  'unknown-side': {
    severity: 'error',
    needs: ['sides'],
    title: 'There is no such side',
    why: 'A cluster, a node or a Secret belongs to a side that the file does not describe. Usually one of the two names is a typing error.',
  },
  'unknown-router': {
    severity: 'error',
    needs: ['routers'],
    title: 'There is no such router',
    why: 'A link leads to a router that the file does not describe. Usually one of the two names is a typing error.',
  },
  'unknown-anycast': {
    severity: 'error',
    needs: ['metallb'],
    title: 'There is no such anycast loopback',
    why: 'A router is said to carry an anycast loopback that the file does not describe. Usually one of the two names is a typing error.',
  },
  'unknown-client-group': {
    severity: 'error',
    needs: ['clientGroups'],
    title: 'There is no such client group',
    why: 'A client belongs to a group that the file does not describe. Usually one of the two names is a typing error.',
  },
  'key-renamed': {
    severity: 'warning',
    title: 'The key has another name now',
    why: 'Under its old name it is still read; a later version may stop to.',
  },
  'unknown-client': {
    severity: 'error',
    needs: ['clients', 'clientGroups'],
    title: 'There is no such client',
    why: 'The list would name nobody, and a roll-out would wait for the client that was meant.',
  },
  'allowed-outside-prefixes': {
    severity: 'warning',
    needs: ['clients', 'clientGroups'],
    title: 'An address that may be missing is in no client group',
    why: 'Right while a client is taken out, so that gates do not wait for it. Later it says nothing, or is a typing error, and a roll-out waits for the client that was meant.',
  },
  'unknown-route-server': {
    severity: 'error',
    needs: ['sides'],
    title: 'There is no such route server',
    why: 'A management address is given to a pod that no StatefulSet makes. Usually one of the two names is a typing error.',
  },
  'client-group-missing': {
    severity: 'error',
    title: 'A client does not say to which group it belongs',
    why: 'With several client groups there is no telling which filter and timers are its own.',
  },
  'no-client-group': {
    severity: 'error',
    needs: ['clientGroups'],
    title: 'There is no client group',
    why: 'Nobody could have a session with the route servers.',
  },
  'nothing-behind-vip': {
    severity: 'error',
    needs: ['sides'],
    title: 'No route server stands behind a VIP',
    why: 'The VIP would never be announced.',
  },
  'duplicate-name': routeServerCodes['duplicate-name'],
  'duplicate-address': routeServerCodes['duplicate-address'],
  'duplicate-router-id': routeServerCodes['duplicate-router-id'],
  'special-address': routeServerCodes['special-address'],
  'duplicate-port': {
    severity: 'error',
    title: 'Two links use one port',
    why: 'A port has one cable; of several nodes on one VLAN the router has the same address for all.',
  },
  'hold-time-too-short': {
    severity: 'warning',
    title: 'A hold time is shorter than a system has',
    why: 'What is lost without a word is then missed later than is written here, or the session is refused.',
  },
  'vrf-name-too-long': {
    severity: 'error',
    title: 'The name of a VRF is too long for the system',
    why: 'The router refuses the name, and half of what is pasted with it.',
  },
  'vrf-without-loopback': {
    severity: 'error',
    title: 'A VRF has no loopback address of its own',
    why: 'Several routers would have the anycast loopback as their router-id there, and refuse the routes of each other.',
  },
  'loopback-of-other-system': {
    severity: 'error',
    title: 'A loopback interface is spelt as on another system',
    why: 'Sessions would have a source that is not there, and the anycast loopback would stand on another interface.',
  },
  'anycast-in-igp': {
    severity: 'error',
    title: 'The anycast loopback is told by an IGP',
    why: "Several routers have it: whoever hears of it elsewhere sends MetalLB's sessions to another router, and they fail.",
  },
  'anycast-interface': {
    severity: 'error',
    title: 'The anycast loopback cannot stand on this interface',
    why: 'The router would lose the address of its main loopback, or have that loopback in a VRF, and all sessions from there end; or it refuses what is loaded.',
  },
  'underlay-in-vrf': {
    severity: 'error',
    title: 'An underlay is named for a router with its nodes in a VRF',
    why: 'On most systems the file says nothing of an underlay in a VRF: what should keep the anycast loopback in there would be missing.',
  },
  'ospf-process': {
    severity: 'error',
    title: 'A process of OSPF has a name that the system does not take',
    why: 'The router refuses the line, and the VIPs never reach the network; or it refuses the whole file.',
  },
  'mixed-encapsulation': {
    severity: 'error',
    title: 'Clients send different encapsulations',
    why: 'Their sessions are up, their routes are there, and no packet comes through.',
  },
  'evpn-client-in-vrf': {
    severity: 'error',
    title: 'A client has its VIPs in a VRF',
    why: 'EVPN sessions stand in the main table; from there the VIPs cannot be reached.',
  },
  'device-differs': {
    severity: 'error',
    title: 'A device in two roles is described twice, and differently',
    why: 'A router and a client of one name are one device: it runs one system, and its BGP has one AS.',
  },
  'family-twice': {
    severity: 'error',
    title: 'Two addresses of one family',
    why: 'One IPv4 and one IPv6 address may stand here; of two in one family it is unclear which one to use.',
  },
  'overlapping-ranges': routeServerCodes['overlapping-ranges'],
  'address-inside-range': {
    severity: 'error',
    title: 'An address lies inside a range of the cluster',
    why: 'Kubernetes hands that range out to nodes, pods or Services, and routes it its own way.',
  },
  'address-outside-range': {
    severity: 'error',
    title: 'An address lies outside the range that it belongs to',
    why: 'Filters and listen ranges are made from the range; this address would be refused.',
  },
  'link-subnet-mismatch': {
    severity: 'error',
    title: 'The two ends of a link have different subnets',
    why: 'They would not reach each other.',
  },
  'asn-reserved': routeServerCodes['asn-reserved'],
  'asn-reserved-in-range': routeServerCodes['asn-reserved-in-range'],
  'asn-documentation': routeServerCodes['asn-documentation'],
  'asn-conflict': routeServerCodes['asn-conflict'],
  'asn-shared': {
    severity: 'error',
    title: 'Two clients have one AS number',
    why: "Each finds its own AS in the other's routes and drops them (RFC 4271 section 9.1.2).",
  },
  'shared-asn-alone': {
    severity: 'warning',
    needs: ['clients'],
    title: 'A client is marked sharedAsn, but no other has its AS',
    why: 'Loop detection would be weakened for nothing.',
  },
  'asn-outside-group': {
    severity: 'error',
    title: 'The AS of a client is not in its group',
    why: 'The route servers would take no route from it.',
  },
  'metallb-asn-differs': {
    severity: 'error',
    needs: ['metallb'],
    title: 'MetalLB would have two AS numbers on one node',
    why: 'MetalLB refuses that, and then keeps its whole old configuration.',
  },
  'anycast-twice-on-node': {
    severity: 'error',
    title: 'Two routers of one node carry the same anycast address',
    why: 'MetalLB has one session with that address; it would flip between the two routers, and only one would learn the VIPs.',
  },
  'position-missing': {
    severity: 'warning',
    needs: ['nodes', 'routers', 'metallb'],
    title: 'A node has no router at a position that other nodes have',
    why: 'The BGPPeer of that position applies to this node too; its session can never come up.',
  },
  'shared-router': {
    severity: 'error',
    needs: ['nodes', 'routers', 'sides'],
    title: 'The nodes of every side are attached to one router',
    why: 'Its reboot takes every client off every side at the same moment.',
  },
  'too-few-nodes': {
    severity: 'error',
    needs: ['nodes'],
    title: 'A side has fewer nodes than route servers',
    why: 'Route servers of a side never share a node, so some pods would stay Pending.',
  },
  'no-spare-node': {
    severity: 'warning',
    needs: ['nodes'],
    title: 'A side has no spare node',
    why: 'While a node is drained or broken, its route server has nowhere to go.',
  },
  'too-few-router-ids': {
    severity: 'error',
    title: 'A StatefulSet has more replicas than router-ids',
    why: 'A route server without a router-id refuses to start; one made from the pod IP would change with each restart.',
  },
  'rehash-not-accepted': {
    severity: 'error',
    title: 'Several route servers stand behind one VIP',
    why: "The VIP is then an ECMP set: one routing change can move a client's session to another pod, which resets it.",
  },
  'rehash-on-all-sides': {
    severity: 'warning',
    needs: ['sides'],
    title: 'Every side has several route servers behind its VIP',
    why: "One routing change can move a client's sessions on all sides at once.",
  },
  'partial-mesh': { ...routeServerCodes['partial-mesh'], needs: ['sides'] },
  'licensed-peers': {
    severity: 'warning',
    needs: ['clients', 'sides'],
    title: 'More BGP peers than the cRPD licence covers',
    why: 'The standard licence covers 16 peers per cRPD; mesh peers count too.',
  },
  'engine-memory-too-small': {
    severity: 'error',
    needs: ['clients', 'clientGroups'],
    title: 'One client can fill the memory of the engine',
    why: 'A client has a session with every side. If it may announce more routes than the engines have memory for, one hostile or broken client ends the engines of all sides at one moment.',
  },
  'wide-client-ranges': {
    severity: 'warning',
    needs: ['clients', 'clientGroups'],
    title: 'Client ranges have more addresses than the engine can guard one by one',
    why: 'A client of such a range can end the FRR of every side at one moment, once, by a route with overlong path attributes (docs/operations.md, "What one client may do"); then no client has a session until it is back. FRR takes them off the routes of neighbors that it knows one by one.',
  },
  'auth-behind-nat': {
    severity: 'error',
    title: 'TCP authentication with exposure loadBalancer',
    why: 'kube-proxy NATs the VIP, and TCP-MD5 covers the addresses: no session would come up.',
  },
  'backend-refuses': {
    severity: 'error',
    title: 'The MetalLB backend cannot do this',
    why: 'MetalLB would refuse the object and keep its whole old configuration, of the other side too.',
  },
  'schedule-unreadable': {
    severity: 'error',
    title: 'A sync window has a schedule that Argo CD cannot read, or that never comes',
    why: 'Argo CD then syncs neither route servers nor MetalLB until the window is fixed, and shows why at the Application alone; one of kind deny that never comes denies nothing.',
  },
  'unknown-time-zone': {
    severity: 'error',
    title: 'A sync window is in a time zone that does not exist',
    why: 'Argo CD goes by UTC then, so that roll-outs begin hours away from when they may.',
  },
  'well-known-community': {
    severity: 'error',
    needs: ['sides'],
    title: 'A VIP would be announced with a well-known community',
    why: 'Routers act on it by themselves: the first of them may keep the VIP to itself, or discard what goes to it, and the clients of the side lose their sessions.',
  },
  'frr-debug-messages': {
    severity: 'error',
    needs: ['metallb'],
    title: 'FRR of the nodes would write debug messages',
    why: 'FRR 10.7.1 ends as it writes some of them, each time that it comes back: every node of every side would lose its sessions with the routers, and the VIPs with them.',
  },
  'password-shared': {
    severity: 'warning',
    needs: ['placement', 'metallb'],
    title: 'Several sides have one password Secret',
    why: "Whoever changes that Secret resets MetalLB's sessions of all these sides at one moment, and every client is without a session.",
  },
  'password-of-no-side': {
    severity: 'error',
    needs: ['metallb'],
    title: 'A side has a password Secret of its own, but no BGPPeer of its own',
    why: 'A BGPPeer of all nodes (peerScope: global) has one Secret; what is named for a side would be read by nobody.',
  },
  'family-mismatch': {
    severity: 'error',
    needs: ['sides'],
    title: 'A client has no address of the family of a VIP',
    why: 'It could have no session with that side.',
  },
  'timers-mismatch': routeServerCodes['timers-mismatch'],
  'slow-reconnect': {
    severity: 'warning',
    title: 'Clients wait longer than 10 s before they dial again',
    why: 'A side that is back stays without its clients for that time, and a roll-out waits for them.',
  },
  'management-incomplete': {
    severity: 'error',
    needs: ['management'],
    title: 'A route server has no management address',
    why: 'Management is switched on, and its Service would wait for an address for ever.',
  },
  'reserved-name': {
    severity: 'error',
    title: 'A label, annotation, variable or taint is not free to be used',
    why: 'Somebody else reads it: Kubernetes, Argo CD, kubectl or meshrs would act by it on the route servers of both sides, or on the gates.',
  },
  'ignored-field-needed': {
    severity: 'error',
    title: 'Argo CD is told to leave a field alone that a commit changes',
    why: 'It would not apply the field, and yet apply the mark by which gates take a side for changed.',
  },
  'api-server-port-missing': {
    severity: 'error',
    title: 'The port of the Service of the Kubernetes API is not among those that pods may reach',
    why: 'Where the network looks at a packet before kube-proxy, no gate and no agent would reach the API, and no side would open.',
  },
  'image-without-effect': {
    severity: 'error',
    title: 'A side has an image of an engine that no route server runs',
    why: 'Nothing of it would reach the cluster, and the side would keep the version that it has.',
  },
  'values-without-effect': {
    severity: 'error',
    needs: ['metallb'],
    title: "Values are for a part of MetalLB's chart that is not installed",
    why: 'Nothing of them would reach the cluster, and nobody would notice.',
  },
  'toleration-with-value': {
    severity: 'error',
    title: 'A toleration of any value has a value',
    why: 'The API server refuses the pods, and the sync fails.',
  },
  'engine-not-supported': {
    severity: 'error',
    title: 'The engine is not supported yet',
    why: 'The mesh agent has no way to configure it, so its route servers would start and never have a session.',
  },
  'several-clusters-not-supported': {
    severity: 'error',
    needs: ['placement'],
    title: 'Several clusters are not supported yet',
    why: 'Route servers of different clusters do not find each other through a headless Service, and nothing else is generated for their mesh.',
  },
  'cluster-in-two-files': {
    severity: 'error',
    title: 'Two topologies have a cluster of one name',
    why: 'They would write the same folder.',
  },
} as const satisfies Record<string, TopologyCodeDescription>;

/** Every code that reading a topology can report. */
export const topologyCodes: Readonly<Record<TopologyCode, TopologyCodeDescription>> = {
  ...documentCodes,
  ...checkCodes,
};

export type CheckCode = keyof typeof checkCodes;
export type TopologyCode = keyof typeof documentCodes | CheckCode;

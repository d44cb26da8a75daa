/** The routing daemons that a route server can run; messages offer the first one first. */
export const engines = ['frr', 'crpd'] as const;
export type Engine = (typeof engines)[number];

/** What a route server does: pass EVPN routes between eBGP clients, or reflect IPv4 unicast routes to iBGP clients. */
export type Mode = 'evpn-route-server' | 'ipv4-route-reflector';

/** How clients reach a route server: through a MetalLB address that is NATed to the pod, or the node's own address. */
export const exposures = ['loadBalancer', 'hostNetwork'] as const;
export type Exposure = (typeof exposures)[number];

/** Operating systems of routers and clients. */
export const systems = ['junos', 'iosxr', 'frr', 'eos', 'nxos', 'srlinux', 'nvue'] as const;
export type System = (typeof systems)[number];

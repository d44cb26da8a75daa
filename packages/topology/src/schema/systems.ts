/** Operating systems of routers and clients. */
export const systems = ['junos', 'iosxr', 'frr', 'eos', 'nxos'] as const;
export type System = (typeof systems)[number];

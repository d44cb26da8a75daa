/** Operating systems of routers and clients for which configuration is written. */
export const systems = ['junos', 'iosxr', 'frr', 'eos', 'nxos'] as const;
export type System = (typeof systems)[number];

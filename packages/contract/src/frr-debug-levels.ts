/**
 * Levels of MetalLB's speaker and of frr-k8s (their internal/logging, `ParseLevel`) that give FRR `debug bgp updates` (their frr.tmpl);
 * bgpd 10.7.1 ends by such messages (seen). A speaker makes FRR's configuration with the backend frr alone.
 */
export const frrDebugLevels: readonly string[] = ['all', 'debug'];

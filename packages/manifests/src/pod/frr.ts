import { bgpdCommand, bgpdProbeCommand, containers, ids, portNames, ports, volumes } from '@meshrs/contract';
import { drainBeforeStop } from './drain.ts';
import type { EnginePod } from './engine-pod.ts';
import { withoutPrivileges } from './security.ts';
import { mount } from './volumes.ts';

/**
 * FRR needs no privilege: bgpd runs as an ordinary user, and a safe sysctl of the pod's network lets it listen on 179.
 * On the node's network that sysctl is not to be had; there it runs as root with the one capability for low ports.
 */
export const frrPod: EnginePod = {
  podSecurityLevel: (exposure) => (exposure === 'hostNetwork' ? 'privileged' : 'restricted'),

  podSecurityContext: (exposure) => {
    const group = ids.frr.group;
    const shared = { runAsGroup: group, fsGroup: group, seccompProfile: { type: 'RuntimeDefault' } };
    return exposure === 'hostNetwork'
      ? { runAsUser: 0, ...shared }
      : {
          runAsNonRoot: true,
          runAsUser: ids.frr.user,
          ...shared,
          sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: String(ports.bgp) }],
        };
  },

  agentSecurityContext: withoutPrivileges,

  container: ({ images, drain, exposure }, { liveness, resources }) => ({
    name: containers.engine.frr,
    image: images.frr,
    command: bgpdCommand,
    ports: [{ name: portNames.bgp, containerPort: ports.bgp, protocol: 'TCP' }],
    lifecycle: drainBeforeStop(drain),
    livenessProbe: { exec: { command: bgpdProbeCommand }, ...liveness },
    resources,
    securityContext:
      exposure === 'hostNetwork'
        ? { ...withoutPrivileges, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }
        : withoutPrivileges,
    volumeMounts: [mount('config', { readOnly: true }), mount('frrSockets'), mount('frrState'), mount('requests')],
  }),

  volumes: [volumes.frrSockets, volumes.frrState],
  initMounts: [],
  agentMounts: [mount('frrSockets')],
  secretKeys: () => [],
  initEnvironment: () => [],
};

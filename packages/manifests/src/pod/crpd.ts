import { containers, environment, ids, portNames, ports, volumes } from '@meshrs/contract';
import { drainBeforeStop } from './drain.ts';
import type { EnginePod } from './engine-pod.ts';
import { withoutPrivileges } from './security.ts';
import { mount } from './volumes.ts';

/**
 * cRPD runs as root in a privileged container, as Juniper and upstream run it; the agent beside it is root too, since
 * both write /config, but without any privilege.
 */
export const crpdPod: EnginePod = {
  podSecurityLevel: () => 'privileged',

  podSecurityContext: () => ({ runAsUser: ids.crpd.user, runAsGroup: ids.crpd.group }),

  agentSecurityContext: { ...withoutPrivileges, seccompProfile: { type: 'RuntimeDefault' } },

  container: ({ images, resources, drain }) => ({
    name: containers.engine.crpd,
    image: images.crpd,
    ports: [
      { name: portNames.bgp, containerPort: ports.bgp, protocol: 'TCP' },
      { name: portNames.ssh, containerPort: ports.ssh, protocol: 'TCP' },
      { name: portNames.netconf, containerPort: ports.netconf, protocol: 'TCP' },
    ],
    lifecycle: drainBeforeStop(drain),
    resources: {
      requests: { cpu: resources.engineCpu, memory: resources.engineMemory },
      limits: { memory: resources.engineMemory },
    },
    securityContext: { privileged: true },
    volumeMounts: [mount('config'), mount('requests')],
  }),

  volumes: [volumes.sshKey],
  initMounts: [mount('sshKey')],
  agentMounts: [mount('sshKey', { readOnly: true })],

  initEnvironment: ({ crpd }) => [
    { name: environment.mode, value: 'evpnrs' },
    {
      name: environment.licenceKey,
      valueFrom: { secretKeyRef: { name: crpd.licence.secret, key: crpd.licence.key } },
    },
    ...(crpd.rootPassword
      ? [
          {
            name: environment.rootPassword,
            valueFrom: { secretKeyRef: { name: crpd.rootPassword.secret, key: crpd.rootPassword.key } },
          },
        ]
      : []),
  ],
};

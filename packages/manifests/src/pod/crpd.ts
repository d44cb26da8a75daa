import { containers, environment, ids, portNames, ports, volumes } from '@meshrs/contract';
import type { Container } from '../kubernetes/core-types.ts';
import { drainBeforeStop } from './drain.ts';
import type { EnginePod, SecretKey } from './engine-pod.ts';
import { withoutPrivileges } from './security.ts';
import { mount } from './volumes.ts';

/**
 * cRPD runs as root in a privileged container, as Juniper and upstream run it; the agent beside it is root too, since
 * both write /config, but without any privilege. It has no probe of its own: how cRPD answers one while it is busy has
 * not been tried.
 */
export const crpdPod: EnginePod = {
  podSecurityLevel: () => 'privileged',

  podSecurityContext: () => ({ runAsUser: ids.crpd.user, runAsGroup: ids.crpd.group }),

  agentSecurityContext: { ...withoutPrivileges, seccompProfile: { type: 'RuntimeDefault' } },

  container: ({ images, drain }, { resources }) => ({
    name: containers.engine.crpd,
    image: images.crpd,
    ports: [
      { name: portNames.bgp, containerPort: ports.bgp, protocol: 'TCP' },
      { name: portNames.ssh, containerPort: ports.ssh, protocol: 'TCP' },
      { name: portNames.netconf, containerPort: ports.netconf, protocol: 'TCP' },
    ],
    lifecycle: drainBeforeStop(drain),
    resources,
    securityContext: { privileged: true },
    volumeMounts: [mount('config'), mount('requests')],
  }),

  volumes: [volumes.sshKey],
  initMounts: [mount('sshKey')],
  agentMounts: [mount('sshKey', { readOnly: true })],

  secretKeys: ({ crpd }) => [crpd.licence, ...(crpd.rootPassword ? [crpd.rootPassword] : [])],

  initEnvironment: ({ crpd }) => [
    { name: environment.mode, value: 'evpnrs' },
    fromSecret(environment.licenceKey, crpd.licence),
    ...(crpd.rootPassword ? [fromSecret(environment.rootPassword, crpd.rootPassword)] : []),
  ],
};

function fromSecret(name: string, { secret, key }: SecretKey): NonNullable<Container['env']>[number] {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

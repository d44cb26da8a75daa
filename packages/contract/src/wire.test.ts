import { describe, expect, it } from 'vitest';
import { asn, asnRange } from '@meshrs/network/test-data';
import * as contract from './index.ts';
import { clientGroup } from './intents.test-data.ts';

/*
 * What programs of two versions, or a program and what is committed, must agree on while a fleet rolls out. Who changes a
 * value here changes what runs: an agent that looks elsewhere for its settings, a gate that finds no pod, a Secret that is
 * not there.
 */
describe('the wire', () => {
  it('has these ports and paths', () => {
    expect(contract.ports).toEqual({ bgp: 179, ssh: 22, netconf: 830, agent: 8179, probes: 8180 });
    expect(contract.portNames).toEqual({
      bgp: 'bgp',
      ssh: 'ssh',
      netconf: 'netconf',
      agent: 'agent',
      probes: 'probes',
    });
    expect(contract.agentPaths).toEqual({
      alive: '/healthz',
      clients: '/clients',
      ready: '/readyz',
      status: '/status',
      metrics: '/metrics',
    });
  });

  it('has these files, in volumes of these names', () => {
    expect(contract.folders).toEqual({
      settings: '/opt/meshrr/conf',
      fleet: '/opt/meshrr/fleet',
      config: '/config',
      requests: '/run/meshrr',
      frrSockets: '/run/frr',
      frrState: '/var/lib/frr',
      sshKey: '/secret/ssh',
      scratch: '/tmp',
    });
    expect(contract.files).toEqual({
      settings: '/opt/meshrr/conf/meshrr.conf.yml',
      template: '/opt/meshrr/conf/juniper.conf.j2',
      fleet: '/opt/meshrr/fleet/fleet.yml',
      crpdConfig: '/config/juniper.conf',
      frrConfig: '/config/frr.conf',
      bgpdSocket: '/run/frr/bgpd.vty',
      bgpdPid: '/run/frr/bgpd.pid',
      drainRequest: '/run/meshrr/drain.request',
      drainDone: '/run/meshrr/drain.done',
      agentState: '/run/meshrr/agent-state.json',
      agentSocket: '/run/meshrr/agent.sock',
      sshKey: '/secret/ssh/id_ed25519',
      connectedToCrpd: '/tmp/connected-to-crpd',
    });
    expect(contract.volumes).toEqual({
      settings: 'settings',
      fleet: 'fleet',
      config: 'config',
      requests: 'requests',
      frrSockets: 'frr-sockets',
      frrState: 'frr-state',
      sshKey: 'ssh-id',
      scratch: 'scratch',
    });
    expect(contract.settingsKeys).toEqual({ settings: 'meshrr.conf.yml', template: 'juniper.conf.j2' });
    expect(contract.fleetKey).toBe('fleet.yml');
  });

  it('has these users, containers, commands and variables', () => {
    expect(contract.ids).toEqual({ frr: { user: 100, group: 101 }, crpd: { user: 0, group: 0 } });
    expect(contract.containers).toEqual({
      init: 'meshrr-init',
      agent: 'meshrr',
      engine: { crpd: 'crpd', frr: 'frr' },
    });
    expect(contract.agentCommands).toEqual({
      init: 'init',
      sidecar: 'sidecar',
      drain: 'drain',
      undrain: 'undrain',
      gate: 'gate',
      removalGate: 'removal-gate',
      closeTurn: 'close-turn',
    });
    expect(contract.environment).toEqual({
      podIp: 'POD_IP',
      podName: 'POD_NAME',
      podUid: 'POD_UID',
      podNamespace: 'POD_NAMESPACE',
      podRevision: 'MESHRS_POD_REVISION',
      turn: 'MESHRS_TURN',
      licenceKey: 'LICENSE_KEY',
      mode: 'MESHRR_MODE',
      updateSeconds: 'UPDATE_SECONDS',
      rootPassword: 'ENCRYPTED_ROOT_PW',
      autonomousSystem: 'AUTONOMOUS_SYSTEM',
    });
  });

  it('has these labels, annotations and names', () => {
    expect(contract.labels).toEqual({
      app: 'app',
      side: 'side',
      workload: 'meshrs.dev/workload',
      role: 'meshrs.dev/role',
      monitoring: 'meshrs.dev/monitoring',
    });
    expect(contract.roles).toEqual({ gate: 'gate', image: 'image' });
    expect(contract.gateRevision).toBe('meshrs.dev/side-revision');
    expect(contract.podName('routeserver-a', 2)).toBe('routeserver-a-2');
  });

  it('has these times', () => {
    expect(contract.defaultTimers).toEqual({
      mesh: { keepaliveSeconds: 3, holdSeconds: 9 },
      clients: { keepaliveSeconds: 10, holdSeconds: 30 },
      metallb: { keepaliveSeconds: 3, holdSeconds: 9 },
    });
    expect(contract.defaultDrainTimes).toEqual({ gracefulShutdownSeconds: 10, ceaseSeconds: 2, holdSeconds: 0 });
    expect(contract.defaultHoldSeconds).toBe(120);
    expect(contract.defaultConnectRetrySeconds).toBe(10);
    expect(contract.connectRetryBounds).toEqual({ min: 1, max: 120 });
  });

  it('starts bgpd so that it answers where the agent asks', () => {
    expect(contract.bgpdCommand).toEqual([
      '/usr/lib/frr/bgpd',
      '--skip_runas',
      '--no_zebra',
      '--vty_port=0',
      '--vty_socket=/run/frr',
      '--pid_file=/run/frr/bgpd.pid',
      '--config_file=/config/frr.conf',
      '--limit-fds=16384',
      '-M',
      'bmp',
      '--log=stdout',
      '--log-level=informational',
    ]);
    expect(contract.bgpdProbeCommand).toEqual(['vtysh', '--vty_socket=/run/frr', '-d', 'bgpd', '-c', 'show bgp vrfs']);
    expect(contract.frrVersion).toMatch(/^10\.\d+\.\d+$/);
  });
});

describe('isClientAsAllowed', () => {
  it.each([
    ['any AS where the group names none', [], 64999, true],
    ['the first of a range', ['65001-65100'], 65001, true],
    ['the last of a range', ['65001-65100'], 65100, true],
    ['none before a range', ['65001-65100'], 65000, false],
    ['none after a range', ['65001-65100'], 65101, false],
    ['one of any of the ranges', ['65001-65100', '65200'], 65200, true],
    ['none between the ranges', ['65001-65100', '65200'], 65150, false],
  ])('allows %s', (_, ranges, number, isAllowed) => {
    const group = clientGroup({ asns: ranges.map(asnRange) });
    expect(contract.isClientAsAllowed(group, asn(number))).toBe(isAllowed);
  });
});

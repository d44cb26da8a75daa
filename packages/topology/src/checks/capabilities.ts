import { familyOf } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { groupOf } from '../fleet.ts';
import type { Topology } from '../schema/index.ts';
import { systemCapabilities } from '../system-capabilities.ts';
import { checkAnycastInterfaces } from './anycast-interfaces.ts';
import { at, listWords } from './check.ts';

/** What routers and clients are asked for, their systems can do. */
export function checkCapabilities(topology: Topology): Finding<CheckCode>[] {
  return [
    ...vrfNames(topology),
    ...vrfLoopbacks(topology),
    ...loopbackNames(topology),
    ...anycastInIgp(topology),
    ...underlaysInVrf(topology),
    ...ospfProcesses(topology),
    ...checkAnycastInterfaces(topology),
    ...mixedEncapsulation(topology),
    ...clientsInVrf(topology),
  ];
}

/** What a router keeps although less was asked for: nothing breaks, and it lasts longer than is written. */
export function adviseOfHoldTimes(topology: Topology): Finding<CheckCode>[] {
  const { routers, clients, metallb, clientGroups } = topology;
  const slow = (system: keyof typeof systemCapabilities, seconds: number): boolean =>
    seconds < (systemCapabilities[system].smallestHoldSeconds ?? 0);
  const advice = (path: readonly string[], seconds: number, names: readonly string[]): Finding<CheckCode>[] =>
    names.length === 0
      ? []
      : [
          {
            code: 'hold-time-too-short',
            path,
            message: `A hold time of ${String(seconds)} s is shorter than the shortest one of ${listWords(names)}: Junos has none below 10 s.`,
            seen: String(seconds),
            allowed: '10 or more where a router or a client runs Junos',
            hint: 'write 12, which is three keepalives of 4 s',
          },
        ];
  const slowRouters = Object.entries(routers).filter(([, { system }]) => slow(system, metallb.holdSeconds));
  return [
    ...advice(
      ['metallb', 'holdSeconds'],
      metallb.holdSeconds,
      slowRouters.map(([name]) => name),
    ),
    ...Object.entries(clientGroups).flatMap(([name, group]) =>
      advice(
        ['clientGroups', name, 'timers', 'holdSeconds'],
        group.timers.holdSeconds,
        Object.entries(clients)
          .filter(
            ([client, { system }]) => groupOf(topology, client) === group && slow(system, group.timers.holdSeconds),
          )
          .map(([client]) => client),
      ),
    ),
  ];
}

function vrfNames({ routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(([name, { system, vrf }]): Finding<CheckCode>[] => {
    const { vrfNameLength, title } = systemCapabilities[system];
    if (!vrf || vrf.name.length <= vrfNameLength) return [];
    return [
      {
        code: 'vrf-name-too-long',
        path: ['routers', name, 'vrf', 'name'],
        message: `The VRF of router ${name} has a name of ${String(vrf.name.length)} characters; ${title} takes ${String(vrfNameLength)}.`,
        seen: vrf.name,
        allowed: `at most ${String(vrfNameLength)} characters`,
        hint: 'shorten the name, on the router too',
      },
    ];
  });
}

/** Else the anycast loopback, which other routers have, too, becomes the router-id in the VRF. */
function vrfLoopbacks({ routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(([name, { system, vrf }]): Finding<CheckCode>[] => {
    const { needsVrfLoopback, title } = systemCapabilities[system];
    if (!vrf || !needsVrfLoopback || (vrf.loopback !== undefined && familyOf(vrf.loopback) === 'ipv4')) return [];
    return [
      {
        code: 'vrf-without-loopback',
        path: ['routers', name, 'vrf', ...(vrf.loopback === undefined ? [] : ['loopback'])],
        message: `The VRF ${vrf.name} of router ${name} has no IPv4 loopback address but the anycast one: ${title} takes its router-id there from its loopback, and other routers have the same.`,
        seen: vrf.loopback ?? 'no loopback',
        allowed: 'loopback: an IPv4 address that no other router has',
        hint: 'write loopback: with an address of its own, such as 192.168.254.3',
      },
    ];
  });
}

/** An interface of another system's spelling would be a new one, or refused. */
function loopbackNames({ routers, clients }: Topology): Finding<CheckCode>[] {
  const named = [
    ...Object.entries(routers).map(([name, { system, anycastInterface }]) => ({
      path: ['routers', name, 'anycastInterface'],
      system,
      seen: anycastInterface,
    })),
    ...Object.entries(clients).map(([name, { system, interface: own }]) => ({
      path: ['clients', name, 'interface'],
      system,
      seen: own,
    })),
  ];
  return named.flatMap(({ path, system, seen }): Finding<CheckCode>[] => {
    const { loopback, title } = systemCapabilities[system];
    if (seen === undefined || !loopback || loopback.pattern.test(seen)) return [];
    return [
      {
        code: 'loopback-of-other-system',
        path,
        message: `${seen} is no loopback interface of ${title}, which ${path[1] ?? ''} runs.`,
        seen,
        allowed: `a loopback of ${title}, such as ${loopback.example}`,
        hint: `write it as ${title} spells it, or leave it out`,
      },
    ];
  });
}

/** Of BGP a policy takes it out again; an IGP tells every address of an interface that it has. */
function anycastInIgp({ routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(
    ([name, { system, vrf, underlay, anycastInterface }]): Finding<CheckCode>[] => {
      if (!underlay || underlay.protocol === 'bgp' || vrf) return [];
      const { hasSeveralLoopbacks, title } = systemCapabilities[system];
      const isOnMain =
        system === 'frr' ? anycastInterface === undefined || anycastInterface === 'lo' : !hasSeveralLoopbacks;
      if (!isOnMain) return [];
      const igp = underlay.protocol === 'ospf' ? 'OSPF' : 'IS-IS';
      return [
        {
          code: 'anycast-in-igp',
          path: ['routers', name, 'underlay', 'protocol'],
          message: `Router ${name} has its anycast loopback on its main loopback, which ${igp} tells to everybody with all of its addresses: other routers would take MetalLB's sessions.`,
          seen: underlay.protocol,
          allowed:
            system === 'frr'
              ? 'bgp; or an anycastInterface of its own, which is not lo'
              : `bgp, where a policy keeps it in; or a VRF: ${title} has one loopback interface in a table`,
          hint:
            system === 'frr'
              ? 'make an interface of type dummy for it, and write its name as anycastInterface'
              : 'put the nodes into a VRF, or use BGP in the underlay',
        },
      ];
    },
  );
}

/** What its file leaves out has to be said; the filter of what the VRF tells is there in any case. */
function underlaysInVrf({ routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(([name, { system, vrf, underlay }]): Finding<CheckCode>[] => {
    const { hasUnderlayInVrf, title } = systemCapabilities[system];
    if (!vrf || !underlay || hasUnderlayInVrf) return [];
    return [
      {
        code: 'underlay-in-vrf',
        path: ['routers', name, 'underlay'],
        message: `Router ${name} has its nodes in the VRF ${vrf.name}, and files of ${title} say nothing of an underlay there.`,
        seen: `${underlay.protocol} ${underlay.name}`,
        allowed: `no underlay beside vrf: what the VRF tells by VPN routes or EVPN has its filter in any case`,
        hint: 'leave underlay out, and reject the anycast loopback first in your policies of the VRF, if others learn VIPs in it',
      },
    ];
  });
}

function ospfProcesses({ routers }: Topology): Finding<CheckCode>[] {
  return Object.entries(routers).flatMap(([name, { system, underlay }]): Finding<CheckCode>[] => {
    const { ospfProcess, title } = systemCapabilities[system];
    if (underlay?.protocol !== 'ospf' || !ospfProcess || ospfProcess.pattern.test(underlay.name)) return [];
    return [
      {
        code: 'ospf-process',
        path: ['routers', name, 'underlay', 'name'],
        message: `Router ${name} runs ${title}, which knows a process of OSPF by ${ospfProcess.allowed}.`,
        seen: underlay.name,
        allowed: ospfProcess.allowed,
        hint: 'write the number of the process that runs there',
      },
    ];
  });
}

function mixedEncapsulation({ clients }: Topology): Finding<CheckCode>[] {
  const [first, ...others] = Object.entries(clients);
  if (!first) return [];
  const [firstName, { encapsulation }] = first;
  return others
    .filter(([, client]) => client.encapsulation !== encapsulation)
    .map(([name, client]) => ({
      code: 'mixed-encapsulation',
      path: ['clients', name, 'encapsulation'],
      message: `Client ${name} sends ${client.encapsulation}, and ${firstName} sends ${encapsulation} (${at(['clients', firstName])}): they get each other's routes and understand no packet of each other.`,
      seen: client.encapsulation,
      allowed: `${encapsulation}, as the others`,
      hint: 'write the same for all clients; between networks of two kinds stands a gateway',
    }));
}

/** A device in two roles gets the VIPs of its own nodes in their VRF, and dials from the main table, where EVPN is. */
function clientsInVrf({ routers, clients }: Topology): Finding<CheckCode>[] {
  return Object.keys(clients).flatMap((name): Finding<CheckCode>[] => {
    const vrf = Object.hasOwn(routers, name) ? routers[name]?.vrf : undefined;
    if (!vrf || vrf.leaksVips) return [];
    return [
      {
        code: 'evpn-client-in-vrf',
        path: ['routers', name, 'vrf'],
        message: `${name} has the VIPs in the VRF ${vrf.name}, and dials them as a client from the main table: its sessions never come up.`,
        seen: vrf.name,
        allowed: 'VIPs in the main table; or leaksVips: true where routes to them are leaked there',
        hint: 'leak the VIPs into the main table, and their way back, and write leaksVips: true',
      },
    ];
  });
}

import { compareAddresses, familyOf, formatAsdot, formatAsnRange, type IpAddress } from '@meshrs/network';
import {
  defaultClientTtl,
  defaultDrainTimes,
  defaultLostClientsSeconds,
  defaultManyLeavingSeconds,
  defaultMaximumLeavingPercent,
  defaultTimers,
  settingsKeys,
  speakersRevision,
  type BgpTimers,
  type DrainTimes,
  type Engine,
  type RouteServerSettingsFile,
} from '@meshrs/contract';
import { groupNameOf, type Client, type ClientGroup, type Topology } from '@meshrs/topology';
import type { ConfigMap } from '../kubernetes/core-types.ts';
import { drainTimes, lostClientsSeconds } from '../durations.ts';
import { replicasOf, type SideScope } from '../scope.ts';
import { sortedEntries } from '../sorted.ts';
import { writeYaml } from '../yaml/write-yaml.ts';
import { sideMetadata } from '../metadata.ts';
import { settingsName } from '../names.ts';
import { speakersOf } from '../argo-cd/metallb-chart.ts';
import { routerIdsOf } from './fleet-config-map.ts';

/** The settings of a side's route servers, which the agents watch and apply live. */
export function settingsConfigMap(scope: SideScope): ConfigMap {
  const metadata = sideMetadata(scope, settingsName(scope.service));
  const speakers = speakersOf(scope.topology);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: speakers ? { ...metadata, annotations: { [speakersRevision]: speakers.revision } } : metadata,
    data: { [settingsKeys.settings]: writeYaml({ ...settingsFile(scope) }) },
  };
}

type SettingsGroup = RouteServerSettingsFile['bgpgroups'][number];
type SettingsNeighbor = NonNullable<Extract<SettingsGroup, { type: 'subtractive' }>['neighbors']>[number];

/** What equals the agent's default is left out: a new default then needs no new file. */
function settingsFile(scope: SideScope): RouteServerSettingsFile {
  const { topology, definition } = scope;
  const { routeServers, clientGroups, clients } = topology;
  const families = routeServers.exposure === 'hostNetwork' ? undefined : new Set(definition.vips.map(familyOf));
  const dials = (address: IpAddress): boolean => families?.has(familyOf(address)) ?? true;
  return {
    asn: formatAsdot(routeServers.asn),
    mode: 'evpnrs',
    engine: routeServers.engine,
    ...engineSettings[routeServers.engine](routeServers),
    // Of this side alone: a change of another side's must not touch this one. Who is in the fleet tells fleet.yml.
    routerIds: routerIdsOf([definition]),
    ...drain(drainTimes(topology)),
    ...readiness(scope),
    bgpgroups: [
      meshGroup(routeServers.mesh),
      ...sortedEntries(clientGroups).map(([name, group]) => {
        const members = sortedEntries(clients).filter(([client]) => groupNameOf(topology, client) === name);
        return clientGroup(
          name,
          group,
          members.flatMap(([client, definition]) => neighbors(client, definition, dials)),
        );
      }),
    ],
  };
}

/** Settings that one engine alone has. */
const engineSettings: Readonly<
  Record<Engine, (routeServers: Topology['routeServers']) => Pick<RouteServerSettingsFile, 'ribSharding'>>
> = {
  crpd: ({ crpd }) => (crpd.ribSharding ? { ribSharding: true } : {}),
  frr: () => ({}),
};

/**
 * Several behind one VIP get clients only when they are ready: none of them could wait for any, and one that is unready
 * because of lost clients would lose the others, too.
 */
function readiness(scope: SideScope): Pick<RouteServerSettingsFile, 'readiness'> {
  if (replicasOf(scope) !== 1) return {};
  const seconds = lostClientsSeconds(scope);
  return {
    readiness: {
      waitsForClients: true,
      ...(seconds !== defaultLostClientsSeconds && { lostClientsSeconds: seconds }),
    },
  };
}

function drain(times: DrainTimes): Pick<RouteServerSettingsFile, 'drain'> {
  const { gracefulShutdownSeconds, ceaseSeconds, holdSeconds } = times;
  const isDefault =
    gracefulShutdownSeconds === defaultDrainTimes.gracefulShutdownSeconds &&
    ceaseSeconds === defaultDrainTimes.ceaseSeconds &&
    holdSeconds === defaultDrainTimes.holdSeconds;
  return isDefault ? {} : { drain: { gracefulShutdownSeconds, ceaseSeconds, ...(holdSeconds > 0 && { holdSeconds }) } };
}

function meshGroup(mesh: Topology['routeServers']['mesh']): SettingsGroup {
  return {
    name: mesh.group,
    type: 'mesh',
    source:
      mesh.source === 'kubernetes'
        ? { sourcetype: 'kubernetes', service: mesh.service }
        : { sourcetype: 'dns', hostname: mesh.service },
    ...(mesh.maximumPeers !== undefined && { max_peers: mesh.maximumPeers }),
    ...timers(mesh.timers, defaultTimers.mesh),
    ...(mesh.maximumLeavingPercent !== defaultMaximumLeavingPercent && {
      maximumLeavingPercent: mesh.maximumLeavingPercent,
    }),
    ...(mesh.manyLeavingSeconds !== defaultManyLeavingSeconds && { manyLeavingSeconds: mesh.manyLeavingSeconds }),
  };
}

function clientGroup(name: string, group: ClientGroup, members: SettingsNeighbor[]): SettingsGroup {
  return {
    name,
    type: 'subtractive',
    prefixes: [...group.prefixes].sort(compareAddresses),
    asranges: [...group.asns].sort((one, other) => one.first - other.first).map(formatAsnRange),
    ...timers(group.timers, defaultTimers.clients),
    ...(group.multihopTtl !== defaultClientTtl && { multihopTtl: group.multihopTtl }),
    maximumPrefixes: group.maximumPrefixes,
    ...(group.passedAttributes.length > 0 && { passedAttributes: [...group.passedAttributes].sort() }),
    ...(members.length > 0 && { neighbors: members }),
  };
}

/** A client as a neighbor, at each address from which it can dial this side. */
function neighbors(name: string, client: Client, dials: (address: IpAddress) => boolean): SettingsNeighbor[] {
  return client.addresses.filter(dials).map((address) => ({
    name,
    address,
    asn: formatAsdot(client.asn),
    ...(client.sharedAsn && { sharedAsn: true }),
    ...(client.maximumPrefixes !== undefined && { maximumPrefixes: client.maximumPrefixes }),
  }));
}

function timers(wanted: BgpTimers, defaults: BgpTimers): { timers?: BgpTimers } {
  const isDefault =
    wanted.keepaliveSeconds === defaults.keepaliveSeconds && wanted.holdSeconds === defaults.holdSeconds;
  const { keepaliveSeconds, holdSeconds } = wanted;
  return isDefault ? {} : { timers: { keepaliveSeconds, holdSeconds } };
}

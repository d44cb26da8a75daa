import {
  frrDefaults,
  type AsPathList,
  type FrrFamily,
  type FrrRouter,
  type ListenRange,
  type MaximumPrefixes,
  type Neighbor,
  type PeerGroup,
  type RouteMap,
  type Shutdown,
} from './config.ts';

/**
 * One line of FRR's configuration language, and the line that takes it back. Of two statements with one `key` the later
 * replaces the earlier.
 */
export interface Statement {
  readonly context: StatementContext;
  readonly key: string;
  readonly set: string;
  readonly unset: string;
}

/** Where a statement stands: at the top, in `router bgp`, in an address family there, or in a route-map. */
export type StatementContext =
  | { readonly kind: 'top' }
  | { readonly kind: 'router' }
  | { readonly kind: 'family'; readonly family: FrrFamily }
  | { readonly kind: 'route-map'; readonly name: string };

const top: StatementContext = { kind: 'top' };
const router: StatementContext = { kind: 'router' };

export function hostnameStatements(hostname: string | undefined): readonly Statement[] {
  return hostname === undefined ? [] : [{ context: top, key: 'hostname', ...pair(`hostname ${hostname}`) }];
}

export function asPathListStatements(list: AsPathList): readonly Statement[] {
  return list.patterns.map((pattern, index) => ({
    context: top,
    key: `seq ${String(5 * (index + 1))}`,
    ...pair(`bgp as-path access-list ${list.name} seq ${String(5 * (index + 1))} permit ${pattern}`),
  }));
}

/** The route-map's own line, then what stands in it. */
export function routeMapStatements(map: RouteMap): readonly Statement[] {
  const context: StatementContext = { kind: 'route-map', name: map.name };
  return [
    { context: top, key: 'route-map', ...pair(`route-map ${map.name} permit 10`) },
    ...(map.matchAsPath === undefined
      ? []
      : [{ context, key: 'match as-path', set: `match as-path ${map.matchAsPath}`, unset: 'no match as-path' }]),
  ];
}

/** What stands in `router bgp` beside groups, neighbors and ranges. */
export function routerStatements(bgp: FrrRouter): readonly Statement[] {
  return [
    ...(bgp.routerId === undefined
      ? []
      : [{ context: router, key: 'router-id', set: `bgp router-id ${bgp.routerId}`, unset: 'no bgp router-id' }]),
    ...(bgp.logsNeighborChanges ? [{ context: router, key: 'log', ...pair('bgp log-neighbor-changes') }] : []),
    ...(bgp.hasDefaultIpv4Unicast
      ? []
      : [
          {
            context: router,
            key: 'default ipv4-unicast',
            set: 'no bgp default ipv4-unicast',
            unset: 'bgp default ipv4-unicast',
          },
        ]),
    ...(bgp.isGracefulShutdown
      ? [{ context: router, key: 'graceful-shutdown', ...pair('bgp graceful-shutdown') }]
      : []),
    ...(bgp.listenLimit === frrDefaults.listenLimit
      ? []
      : [
          {
            context: router,
            key: 'listen limit',
            set: `bgp listen limit ${String(bgp.listenLimit)}`,
            unset: 'no bgp listen limit',
          },
        ]),
  ];
}

/** The group's own line first. */
export function groupStatements(group: PeerGroup): readonly Statement[] {
  const { timers, distance, family } = group;
  const hasOwnTimers =
    timers.keepaliveSeconds !== frrDefaults.timers.keepaliveSeconds ||
    timers.holdSeconds !== frrDefaults.timers.holdSeconds;
  const statement = (key: string, set: string, unset = key): Statement => ({
    context: router,
    key,
    set: `neighbor ${group.name} ${set}`,
    unset: `no neighbor ${group.name} ${unset}`,
  });
  return [
    statement('peer-group', 'peer-group'),
    ...(group.remoteAs === undefined ? [] : [statement('remote-as', `remote-as ${group.remoteAs}`)]),
    ...(group.shutdown === undefined ? [] : [shutdownStatement(group.name, group.shutdown)]),
    ...(distance === undefined ? [] : [distanceStatement(statement, distance)]),
    ...(hasOwnTimers
      ? [statement('timers', `timers ${String(timers.keepaliveSeconds)} ${String(timers.holdSeconds)}`)]
      : []),
    ...(group.connectSeconds === frrDefaults.connectSeconds
      ? []
      : [statement('timers connect', `timers connect ${String(group.connectSeconds)}`)]),
    ...(group.isGracefulRestartDisabled ? [statement('graceful-restart-disable', 'graceful-restart-disable')] : []),
    ...(family === undefined ? [] : groupFamilyStatements(group.name, family)),
  ];
}

/** The line that makes it a neighbor first. `family` is the one of its group. */
export function neighborStatements(neighbor: Neighbor, family: FrrFamily | undefined): readonly Statement[] {
  const statement = (key: string, set = key): Statement => ({
    context: router,
    key,
    set: `neighbor ${neighbor.address} ${set}`,
    unset: `no neighbor ${neighbor.address} ${key}`,
  });
  return [
    ...(neighbor.remoteAs === undefined ? [] : [statement('remote-as', `remote-as ${String(neighbor.remoteAs)}`)]),
    // Before the group, so that bgpd never dials a client in between.
    ...(neighbor.isPassive ? [statement('passive')] : []),
    ...(neighbor.group === undefined ? [] : [statement('peer-group', `peer-group ${neighbor.group}`)]),
    ...(neighbor.shutdown === undefined ? [] : [shutdownStatement(neighbor.address, neighbor.shutdown)]),
    ...(neighbor.description === undefined ? [] : [statement('description', `description ${neighbor.description}`)]),
    ...(neighbor.isGracefulRestartDisabled ? [statement('graceful-restart-disable')] : []),
    ...(neighbor.maximumPrefixes === undefined || family === undefined
      ? []
      : [maximumPrefixStatement(neighbor.address, family, neighbor.maximumPrefixes)]),
  ];
}

export function rangeStatement(range: ListenRange): Statement {
  return { context: router, key: 'range', ...pair(`bgp listen range ${range.prefix} peer-group ${range.group}`) };
}

function groupFamilyStatements(name: string, family: NonNullable<PeerGroup['family']>): readonly Statement[] {
  const context: StatementContext = { kind: 'family', family: family.name };
  const statement = (key: string, set = key): Statement => ({
    context,
    key: `${family.name} ${key}`,
    set: `neighbor ${name} ${set}`,
    unset: `no neighbor ${name} ${set}`,
  });
  return [
    ...(family.isActive ? [statement('activate')] : []),
    ...(family.isReflectorClient ? [statement('route-reflector-client')] : []),
    ...(family.maximumPrefixes === undefined
      ? []
      : [maximumPrefixStatement(name, family.name, family.maximumPrefixes)]),
    ...(family.routeMapIn === undefined ? [] : [statement('route-map in', `route-map ${family.routeMapIn} in`)]),
    ...(family.routeMapOut === undefined ? [] : [statement('route-map out', `route-map ${family.routeMapOut} out`)]),
  ];
}

function distanceStatement(
  statement: (key: string, set: string, unset?: string) => Statement,
  distance: NonNullable<PeerGroup['distance']>,
): Statement {
  return distance.kind === 'multihop'
    ? // FRR writes the largest TTL as no TTL.
      statement('ebgp-multihop', distance.ttl === 255 ? 'ebgp-multihop' : `ebgp-multihop ${String(distance.ttl)}`)
    : statement(
        'ttl-security',
        `ttl-security hops ${String(distance.hops)}`,
        `ttl-security hops ${String(distance.hops)}`,
      );
}

function shutdownStatement(name: string, shutdown: Shutdown): Statement {
  return {
    context: router,
    key: 'shutdown',
    set: `neighbor ${name} shutdown${shutdown.message === undefined ? '' : ` message ${shutdown.message}`}`,
    unset: `no neighbor ${name} shutdown`,
  };
}

function maximumPrefixStatement(name: string, family: FrrFamily, maximum: MaximumPrefixes): Statement {
  const restart = maximum.restartMinutes === undefined ? '' : ` restart ${String(maximum.restartMinutes)}`;
  return {
    context: { kind: 'family', family },
    key: `${family} maximum-prefix`,
    set: `neighbor ${name} maximum-prefix ${String(maximum.limit)}${restart}`,
    unset: `no neighbor ${name} maximum-prefix`,
  };
}

function pair(line: string): { set: string; unset: string } {
  return { set: line, unset: `no ${line}` };
}

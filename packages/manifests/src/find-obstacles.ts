import { settingsKeys, turnWords, type Engine } from '@meshrs/contract';
import type { Finding } from '@meshrs/strict-yaml';
import type { Topology } from '@meshrs/topology';
import type { ManifestCode } from './codes.ts';
import { syncTimeoutSeconds } from './durations.ts';

type Obstacle = Finding<ManifestCode>;

/** Everything in a valid topology of which no right objects can be made. */
export function findObstacles(topology: Topology): Obstacle[] {
  return [
    ...reservedSideNames(topology),
    ...equalPositionNames(topology),
    ...sharedNamespace(topology),
    ...lacks[topology.routeServers.engine](topology),
    ...clientAuth(topology),
    ...shortWindows(topology),
  ];
}

/** Names that mean something else where the name of a side stands. */
const reservedNames: Readonly<Record<string, string>> = {
  custom: 'overlays/<cluster>/custom is the folder for your own objects',
  [turnWords.closed]: `"open: ${turnWords.closed}" of a turn says that no side is open`,
  [turnWords.all]: `"open: ${turnWords.all}" of a turn says that every side is open`,
};

function reservedSideNames({ sides }: Topology): Obstacle[] {
  return Object.entries(reservedNames).flatMap(([name, why]) =>
    Object.hasOwn(sides, name)
      ? [
          {
            code: 'reserved-side-name' as const,
            path: ['sides', name],
            message: `A side cannot be called "${name}": ${why}.`,
            seen: name,
            allowed: 'any other name, a or b for example',
            hint: 'rename the side',
          },
        ]
      : [],
  );
}

function equalPositionNames({ metallb }: Topology): Obstacle[] {
  const seen = new Map<string, string>();
  return Object.keys(metallb.anycastLoopbacks).flatMap((name) => {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) {
      seen.set(name.toLowerCase(), name);
      return [];
    }
    return [
      {
        code: 'position-names-equal' as const,
        path: ['metallb', 'anycastLoopbacks', name],
        message: `The anycast loopbacks "${first}" and "${name}" would generate the same BGPPeer "${name.toLowerCase()}".`,
        seen: name,
        allowed: 'names that differ in more than capital letters',
        hint: 'rename one of the two',
      },
    ];
  });
}

function sharedNamespace({ routeServers, metallb }: Topology): Obstacle[] {
  if (routeServers.namespace !== metallb.namespace) return [];
  return [
    {
      code: 'namespace-shared',
      path: ['routeServers', 'namespace'],
      message: `The route servers cannot run in MetalLB's namespace, ${metallb.namespace}.`,
      seen: routeServers.namespace,
      allowed: 'a namespace of their own',
      hint: 'leave routeServers.namespace out (meshrr), or choose another name',
    },
  ];
}

/** What a topology asks for and its engine does not have. */
const lacks: Readonly<Record<Engine, (topology: Topology) => Obstacle[]>> = { crpd: () => [], frr: whatFrrLacks };

function whatFrrLacks({ routeServers, management }: Topology): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (management?.enabled === true) {
    obstacles.push({
      code: 'engine-lacks',
      path: ['management', 'enabled'],
      message: 'FRR has no SSH and no NETCONF, so a management address has no use.',
      seen: 'true',
      allowed: 'false with routeServers.engine frr',
      hint: 'set management.enabled: false',
    });
  }
  if (routeServers.template !== undefined) {
    obstacles.push({
      code: 'engine-lacks',
      path: ['routeServers', 'template'],
      message: `The template ${routeServers.template} is one of Junos configuration, ${settingsKeys.template}; FRR cannot use it.`,
      seen: routeServers.template,
      allowed: 'no template with routeServers.engine frr',
      hint: 'remove routeServers.template',
    });
  }
  return obstacles;
}

function clientAuth({ clientGroups }: Topology): Obstacle[] {
  return Object.entries(clientGroups).flatMap(([group, { auth }]) =>
    auth === undefined
      ? []
      : [
          {
            code: 'client-auth-not-carried' as const,
            path: ['clientGroups', group, 'auth'],
            message: `meshrs cannot configure TCP-MD5 for clients yet; sessions of ${group} with the key of Secret ${auth.secret} would stay down.`,
            seen: auth.secret,
            allowed: 'no auth',
            hint: 'remove auth, and set the key in the engine yourself if you need it now',
          },
        ],
  );
}

/** A roll-out that a window ends stands still between two sides, and may never go on: its time runs, too. */
function shortWindows(topology: Topology): Obstacle[] {
  const clusters = Object.keys(topology.placement.clusters);
  const needed = Math.max(0, ...clusters.map((cluster) => syncTimeoutSeconds({ cluster, topology, hasCustom: false })));
  return topology.gitops.syncWindows.flatMap(({ kind, duration }, index) => {
    if (kind !== 'allow' || secondsOf(duration) >= needed) return [];
    return [
      {
        code: 'window-too-short' as const,
        path: ['gitops', 'syncWindows', index, 'duration'],
        message: `A roll-out may take ${String(needed / 60)} minutes, and would stand still between two sides when this window ends.`,
        seen: duration,
        allowed: `${String(needed / 60)}m or more`,
        hint: 'let the window last longer, or leave syncWindows out and merge when a roll-out may begin',
      },
    ];
  });
}

/** "1h30m": hours and minutes, as the schema takes them. */
function secondsOf(duration: string): number {
  const [, hours = '0', minutes = '0'] = /^(?:(\d+)h)?(?:(\d+)m)?$/.exec(duration) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60;
}

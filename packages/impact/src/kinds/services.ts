import { ports } from '@meshrs/contract';
import {
  changedPaths,
  describeChanges,
  metallbAnnotations,
  sideOf,
  sidesWithRouteServers,
  type BuiltCluster,
  type ChangedPath,
  type ServiceView,
} from '@meshrs/manifests/built';
import { resetting, type Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/** Fields that change to whom, or whether, a Service leads. */
const leading = [
  'clusterIP',
  'externalTrafficPolicy',
  'externalIPs',
  'ipFamilies',
  'ipFamilyPolicy',
  'loadBalancerClass',
  'loadBalancerSourceRanges',
  'selector',
  'sessionAffinity',
  'type',
];

/** VIPs that move or go, and Services that lead elsewhere. */
export function serviceEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.services, after.services).flatMap(({ id, before: old, after: next }): Effect[] => {
    const sides = isForBgp(old) ? affectedSides(old, before) : [];
    if (!next) {
      const address = old.metadata.annotations[metallbAnnotations.addresses];
      return [
        {
          kind: 'removes',
          object: id,
          sides,
          detail: address === undefined ? 'its name in the DNS' : `the address ${address}`,
        },
      ];
    }
    const effects: Effect[] = [];
    const addresses = changedPaths(...annotations(old, next, metallbAnnotations.addresses));
    if (addresses.length > 0)
      effects.push({ kind: 'renumbers', object: id, sides, detail: describeChanges(addresses) });
    const others = [
      ...changedPaths(...annotations(old, next, metallbAnnotations.pool)),
      ...leading.flatMap((field) => changedPaths(old.spec[field], next.spec[field], `spec.${field}`)),
      ...changedPorts(old, next),
    ];
    if (others.length > 0) {
      effects.push(resetting({ object: id, sides }, describeChanges(others), 'sessions through it reset'));
    }
    return effects;
  });
}

/** Ports that were there and are others now, or gone; one more disturbs nobody. */
function changedPorts(old: ServiceView, next: ServiceView): ChangedPath[] {
  return old.spec.ports.flatMap((port) => {
    const other = next.spec.ports.find((candidate) => candidate.port === port.port);
    return changedPaths(port, other, `spec.ports[${String(port.port)}]`);
  });
}

function isForBgp({ spec }: ServiceView): boolean {
  return spec.ports.some(({ port }) => port === ports.bgp);
}

/** The mesh has no side of its own: it serves all. */
function affectedSides(service: ServiceView, cluster: BuiltCluster): string[] {
  const own = sideOf(service);
  return own.length > 0 ? own : sidesWithRouteServers(cluster);
}

function annotations(old: ServiceView, next: ServiceView, key: string): [unknown, unknown, string] {
  return [old.metadata.annotations[key], next.metadata.annotations[key], key];
}

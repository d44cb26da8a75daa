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
import { metallbPrefixes } from '../fields/metadata.ts';
import { pairs } from '../pairs.ts';

/** Fields that change to whom, or whether, a Service leads. */
const leading = [
  'clusterIP',
  'clusterIPs',
  'externalName',
  'externalTrafficPolicy',
  'externalIPs',
  'healthCheckNodePort',
  'ipFamilies',
  'ipFamilyPolicy',
  'loadBalancerClass',
  'loadBalancerSourceRanges',
  'selector',
  'sessionAffinity',
  'sessionAffinityConfig',
  'type',
];

/** MetalLB reads the old name where the new one is not there (its documentation, "Usage"). */
const oldNames = {
  [metallbAnnotations.addresses]: 'metallb.universe.tf/loadBalancerIPs',
  [metallbAnnotations.pool]: 'metallb.universe.tf/address-pool',
} as const;

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
    const fixed = immutableChanges(old, next);
    if (fixed.length > 0) return [{ kind: 'recreates', object: id, sides, detail: describeChanges(fixed) }];
    const effects: Effect[] = [];
    const addresses = askedChanges(old, next);
    if (addresses.length > 0) {
      effects.push({ kind: 'renumbers', object: id, sides, detail: describeChanges(addresses) });
    }
    if (asksTwice(next) && !asksTwice(old)) {
      const detail = 'spec.loadBalancerIP beside the annotation: MetalLB refuses both, and leaves the address as it is';
      effects.push({ kind: 'leads', object: id, sides: [], detail });
    }
    const others = [
      ...metallbKeys(old, next).flatMap((key) => annotationChanges(old, next, key)),
      ...leading.flatMap((field) => changedPaths(old.spec[field], next.spec[field], `spec.${field}`)),
      ...changedPorts(old, next),
    ];
    if (others.length > 0) {
      effects.push(resetting({ object: id, sides }, describeChanges(others), 'sessions through it reset'));
    }
    return effects;
  });
}

/**
 * What the API server lets nobody change (Kubernetes API, "ServiceSpec"): of one that stays a load balancer its class and the
 * port of its health check, and of any the address and the first family that it has. A field that comes only says what the
 * server has chosen already, or is refused.
 */
function immutableChanges(old: ServiceView, next: ServiceView): ChangedPath[] {
  const stays = old.spec.type === next.spec.type;
  const changed = (field: string): ChangedPath[] => changedPaths(old.spec[field], next.spec[field], `spec.${field}`);
  const isBoth = (field: string): boolean => old.spec[field] !== undefined && next.spec[field] !== undefined;
  const hasAddress = next.spec.type !== 'ExternalName' && old.spec.type !== 'ExternalName';
  const [family, other] = [old.spec.ipFamilies[0], next.spec.ipFamilies[0]];
  return [
    ...(stays ? changed('loadBalancerClass') : []),
    ...(stays && isBoth('healthCheckNodePort') ? changed('healthCheckNodePort') : []),
    ...(hasAddress
      ? ['clusterIP', 'clusterIPs'].flatMap((field) => (next.spec[field] === undefined ? [] : changed(field)))
      : []),
    ...(family !== undefined && other !== undefined && family !== other
      ? changedPaths(family, other, 'spec.ipFamilies[0]')
      : []),
  ];
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

/** What is asked of MetalLB for a Service: addresses, and the pool that has them. */
function askedChanges(old: ServiceView, next: ServiceView): ChangedPath[] {
  // What is asked in two ways is not answered (MetalLB's controller, `getDesiredLbIPs`).
  if (asksTwice(next)) return [];
  return [
    ...Object.entries(oldNames).flatMap(([key, before]) =>
      changedPaths(asked(old, key, before), asked(next, key, before), key),
    ),
    ...changedPaths(old.spec.loadBalancerIP, next.spec.loadBalancerIP, 'spec.loadBalancerIP'),
  ];
}

function asked({ metadata: { annotations } }: ServiceView, key: string, before: string): string | undefined {
  return annotations[key] ?? annotations[before];
}

function asksTwice(service: ServiceView): boolean {
  const key = metallbAnnotations.addresses;
  return service.spec.loadBalancerIP !== undefined && asked(service, key, oldNames[key]) !== undefined;
}

/** Those of MetalLB's annotations that ask for no address. */
function metallbKeys(...services: readonly ServiceView[]): string[] {
  const asking: readonly string[] = Object.entries(oldNames).flat();
  const keys = services.flatMap(({ metadata }) => Object.keys(metadata.annotations));
  return [...new Set(keys)].filter(
    (key) => metallbPrefixes.some((prefix) => key.startsWith(prefix)) && !asking.includes(key),
  );
}

function annotationChanges(old: ServiceView, next: ServiceView, key: string): ChangedPath[] {
  return changedPaths(old.metadata.annotations[key], next.metadata.annotations[key], key);
}

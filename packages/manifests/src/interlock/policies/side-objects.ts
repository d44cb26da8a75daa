import { celAny, celLookup, celText } from '../cel.ts';
import type { GuardedFleet, Speakers } from '../fleet.ts';
import { same, sameLabels, sameMetadata } from '../free-changes.ts';
import type { SidesByName } from '../guarded-objects.ts';
import { sideOfObject } from '../leftovers.ts';
import { metallbResources } from '../../kubernetes/metallb-types.ts';
import type { PolicyIntent } from '../policy.ts';
import { comesFromPod, oldName, username } from '../requests.ts';
import { sidePolicy } from '../side-policy.ts';

/** What the agents of a side read. */
export function settingsPolicy(fleet: GuardedFleet, settings: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'settings',
    what: "'ConfigMap'",
    namespace: fleet.namespace,
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'], operations: ['UPDATE', 'DELETE'] }],
    side: sideOfObject(settings),
    free: [same('data'), same('binaryData'), same('immutable'), ...sameMetadata(fleet.guardLabels)],
    bears: { time: true, revision: true },
  });
}

/** The VIP of a side and its addresses for management. */
export function servicePolicy(fleet: GuardedFleet, services: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'services',
    what: "'Service'",
    namespace: fleet.namespace,
    // A status is written with metadata, too.
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['*'],
        resources: ['services', 'services/status'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    side: sideOfObject(services),
    free: [same('spec'), ...sameMetadata(fleet.guardLabels)],
    bears: { time: true, revision: true },
  });
}

/**
 * The address that a Service has, which speakers announce. One that has none yet may get it at any time: MetalLB's controller
 * may come late.
 */
export function serviceStatusPolicy(fleet: GuardedFleet, services: SidesByName): PolicyIntent {
  const addresses = 'status.?loadBalancer.?ingress';
  return sidePolicy(fleet, {
    id: 'service-addresses',
    what: "'The address of Service'",
    namespace: fleet.namespace,
    rules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['services/status'], operations: ['UPDATE'] }],
    side: sideOfObject(services),
    free: [
      celAny([`object.?${addresses} == oldObject.?${addresses}`, `size(oldObject.?${addresses}.orValue([])) == 0`]),
    ],
    bears: { time: true, revision: false },
  });
}

export function networkPolicyPolicy(fleet: GuardedFleet, policies: SidesByName): PolicyIntent {
  return sidePolicy(fleet, {
    id: 'network-policies',
    what: "'NetworkPolicy'",
    namespace: fleet.namespace,
    rules: [
      {
        apiGroups: ['networking.k8s.io'],
        apiVersions: ['*'],
        resources: ['networkpolicies'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    side: sideOfObject(policies),
    free: [same('spec'), ...sameMetadata(fleet.guardLabels)],
    bears: { time: true, revision: true },
  });
}

/** MetalLB's kinds: what is announced of a side, and to whom. Two of them may have one name. */
export function metallbPolicy(fleet: GuardedFleet, sidesOf: (kind: string) => SidesByName): PolicyIntent {
  const resources = Object.keys(metallbResources);
  const objects = Object.entries(metallbResources).flatMap(([resource, kind]) =>
    Object.entries(sidesOf(kind)).map(([name, side]) => [`${resource}/${name}`, side] as const),
  );
  return sidePolicy(fleet, {
    id: 'metallb',
    what: 'request.kind.kind',
    namespace: fleet.metallbNamespace,
    rules: [{ apiGroups: ['metallb.io'], apiVersions: ['*'], resources, operations: ['UPDATE', 'DELETE'] }],
    side: sideOfObject(Object.fromEntries(objects), `request.resource.resource + '/' + ${oldName}`),
    // Somebody's advertisement selects pools by any label.
    free: [
      same('spec'),
      ...sameMetadata(fleet.guardLabels),
      `request.resource.resource != 'ipaddresspools' || (${sameLabels})`,
    ],
    bears: { time: true, revision: true },
  });
}

/**
 * What frr-k8s makes of MetalLB's objects on a node. The speaker writes it: it is the consequence of what was let through, and of
 * a route server that comes or goes.
 */
export function frrConfigurationPolicy(fleet: GuardedFleet): PolicyIntent {
  const byNode = Object.fromEntries(Object.entries(fleet.nodes).map(([node, side]) => [`metallb-${node}`, side]));
  return sidePolicy(fleet, {
    id: 'frr-configurations',
    what: "'FRRConfiguration'",
    namespace: fleet.metallbNamespace,
    rules: [
      {
        apiGroups: ['frrk8s.metallb.io'],
        apiVersions: ['*'],
        resources: ['frrconfigurations'],
        operations: ['UPDATE', 'DELETE'],
      },
    ],
    conditions: { 'no-speaker': `!(${isSpeaker(fleet.speakers)})` },
    side: celLookup(byNode, oldName),
    free: [same('spec'), ...sameMetadata(fleet.guardLabels)],
    bears: { time: true, revision: false },
  });
}

/** CEL: whether a speaker asks, from its pod. */
export function isSpeaker({ prefix, name }: Speakers): string {
  const isNamed =
    name === undefined
      ? // Of a MetalLB that others install nobody knows what they call it.
        `${username}.startsWith(${celText(prefix)})`
      : `${username} == ${celText(`${prefix}${name}`)}`;
  return `${isNamed} && ${comesFromPod}`;
}

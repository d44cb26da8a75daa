import {
  nodeLabelOf,
  sideOf,
  sidesWithRouteServers,
  type BuiltCluster,
  type ObjectView,
} from '@meshrs/manifests/built';

/** A key of the topology that is chosen before the first sync: no order of commits takes a fleet that runs to another value. */
export interface FixedChoice {
  readonly key: 'placement.nodeLabel' | 'metallb.loadBalancerClass';
  /** Undefined: it was left out. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * The policy of the nodes guards one label, and a commit changes the policy at once, but the BGPPeers of the sides in turn: in between
 * the label by which the second side still has its sessions is anybody's. A Service's class the API server lets nobody change, and
 * MetalLB's controller, which serves all sides, takes the new one at once.
 */
export function fixedChoices(before: BuiltCluster, after: BuiltCluster): FixedChoice[] {
  if (sidesWithRouteServers(before).length === 0 || sidesWithRouteServers(after).length === 0) return [];
  const [label, nextLabel] = [nodeLabelOf(before), nodeLabelOf(after)];
  const changed = classesOf(after).find(([id, next]) => {
    const old = classesOf(before).find(([each]) => each === id);
    return old !== undefined && old[1] !== next;
  });
  const old = classesOf(before).find(([id]) => id === changed?.[0]);
  return [
    ...(label === nextLabel ? [] : [{ key: 'placement.nodeLabel', from: label, to: nextLabel } as const]),
    ...(changed ? [{ key: 'metallb.loadBalancerClass', from: old?.[1], to: changed[1] } as const] : []),
  ];
}

/** By id, the class of each Service of a side that has an address outside of the cluster. */
function classesOf({ objects }: BuiltCluster): (readonly [id: string, className: string | undefined])[] {
  return objects
    .filter(({ view }) => view.kind === 'Service' && sideOf(view).length > 0 && specOf(view)['type'] === 'LoadBalancer')
    .map(({ id, view }) => {
      const className = specOf(view)['loadBalancerClass'];
      return [id, typeof className === 'string' ? className : undefined];
    });
}

function specOf(view: ObjectView): Readonly<Record<string, unknown>> {
  const spec = view['spec'];
  return typeof spec === 'object' && spec !== null ? { ...spec } : {};
}

import type { FleetGap } from './fleet-knowledge.ts';
import { listed, short, type GatePlace } from './gate-words.ts';

/** kubelet looks at each pod again after 60 to 90 s (Kubernetes, "Mounted ConfigMaps are updated automatically"). */
const kubeletTime = 'kubelet brings a changed ConfigMap to a pod within about 90 s';

/** What the gate waits for, in one sentence for each thing that has to be done about it. */
export function describeFleetGaps(gaps: readonly FleetGap[]): readonly string[] {
  return byKind(gaps).map(({ kind, object, names }) => {
    switch (kind) {
      case 'no-object':
        return `there is no ${object} with the router-ids of the fleet`;
      case 'other':
        return `not every route server has the router-ids of the fleet of ${object}: ${names}; ${kubeletTime}`;
      case 'refused':
        return `not every route server can use the router-ids of the fleet of ${object}: ${names}`;
      case 'not-told':
        return `an agent does not tell whether it has the router-ids of the fleet of ${object}: ${names}`;
      case 'not-readable':
        return `it is not known whether every route server has the router-ids of the fleet of ${object}: ${names}`;
    }
  });
}

/** What to do, where the time is over. */
export function describeFleetRemedies(gaps: readonly FleetGap[]): readonly string[] {
  return byKind(gaps).map(({ kind, configMap, routeServers }) => {
    switch (kind) {
      case 'no-object':
        return `apply ConfigMap ${configMap} as it is generated (base/<fleet>/fleet.yaml)`;
      case 'other':
        return `look at kubelet on the node of ${routeServers} where it has had its 90 s`;
      case 'refused':
        return `apply ConfigMap ${configMap} as it is generated (base/<fleet>/fleet.yaml), or give ${routeServers} an agent that can use it`;
      case 'not-told':
        return `give ${routeServers} the agent and the volume that are generated`;
      case 'not-readable':
        return `make the status of ${routeServers} readable`;
    }
  });
}

/** What the gate does not wait for, and what may come of that. */
export function describeFleetPassed(passed: readonly FleetGap[], { next }: GatePlace): readonly string[] {
  const unless = `the gate does not wait for that; a route server of side ${next} that is new, or has a new router-id, may be kept out of the mesh there for a time, and no client`;
  return byKind(passed).map(({ kind, object, names }) => {
    switch (kind) {
      case 'no-object':
        return `there is no ${object} with the router-ids of the fleet: ${unless}`;
      case 'other':
        return `kubelet has not brought the router-ids of the fleet of ${object}: ${names}: ${unless}`;
      case 'refused':
        return `the router-ids of the fleet of ${object} cannot be used: ${names}: ${unless}`;
      case 'not-told':
        return `an agent of before does not tell whether it has the router-ids of the fleet of ${object}: ${names}: ${unless}`;
      case 'not-readable':
        return `it is not known who has the router-ids of the fleet of ${object}: ${names}: ${unless}`;
    }
  });
}

interface OneKind {
  readonly kind: FleetGap['kind'];
  readonly configMap: string;
  /** The ConfigMap with its revision. */
  readonly object: string;
  readonly routeServers: string;
  /** The route servers with what each has in place of it. */
  readonly names: string;
}

function byKind(gaps: readonly FleetGap[]): readonly OneKind[] {
  return [...Map.groupBy(gaps, ({ kind }) => kind)].flatMap(([kind, list]) =>
    list.slice(0, 1).map((first) => ({
      kind,
      configMap: first.configMap,
      object: `ConfigMap ${first.configMap}${first.kind === 'no-object' ? '' : `, revision ${short(first.wanted)}`}`,
      routeServers: listed(list.flatMap((gap) => (gap.kind === 'no-object' ? [] : [gap.routeServer]))),
      names: listed(list.flatMap(gapWords)),
    })),
  );
}

function gapWords(gap: FleetGap): readonly string[] {
  switch (gap.kind) {
    case 'no-object':
      return [];
    case 'other':
      return [`${gap.routeServer} has revision ${short(gap.revision)}`];
    case 'refused':
    case 'not-readable':
      return [`${gap.routeServer} (${gap.why})`];
    case 'not-told':
      return [gap.routeServer];
  }
}

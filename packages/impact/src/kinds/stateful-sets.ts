import { labels } from '@meshrs/contract';
import {
  changedPaths,
  count,
  describeChanges,
  isGate,
  listed,
  routeServerSets,
  type BuiltCluster,
  type Workload,
} from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';

/** What Kubernetes lets nobody change in a workload's `spec` (Kubernetes API, "StatefulSetSpec", "DeploymentSpec" and so on). */
const immutable: Readonly<Record<Workload['kind'], readonly string[]>> = {
  StatefulSet: ['selector', 'serviceName', 'podManagementPolicy', 'volumeClaimTemplates'],
  Deployment: ['selector'],
  ReplicaSet: ['selector'],
  DaemonSet: ['selector'],
  Job: ['selector', 'template'],
  CronJob: [],
  Pod: [],
};

/** Pods that restart, go, or come behind a VIP that others hold already. */
export function workloadEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return [
    // A gate runs in each sync anew and then is done.
    ...before.workloads
      .filter((workload) => !isGate(workload))
      .flatMap((workload) => {
        const next = after.workloads.find(({ id }) => id === workload.id);
        return next ? changed(workload, next, before, after) : [gone(workload)];
      }),
    ...rehashes(before, after),
  ];
}

function changed(workload: Workload, next: Workload, before: BuiltCluster, after: BuiltCluster): Effect[] {
  const effects: Effect[] = [];
  const specs = [before, after].map((cluster) => specOf(cluster, workload.id));
  const fixed = changedPaths(...pick(specs, immutable[workload.kind]));
  const template = changedPaths(workload.template, next.template, 'spec.template');
  const frozen = workload.kind === 'Pod' ? template.filter(({ path }) => !imageOfPod.test(path)) : [];
  const strategy = changedPaths(...pick(specs, ['updateStrategy']));
  if (fixed.length > 0 || frozen.length > 0) {
    effects.push(effect('recreates', workload, `${describeChanges([...fixed, ...frozen])}; pods ${names(workload)}`));
  } else if (template.length > 0) {
    const waits = waitsForDeletion(specs[1]) ? '; each when a person deletes it' : '';
    effects.push(effect('restarts', workload, `${describeChanges(template)}; pods ${names(workload)}${waits}`));
  } else if (strategy.length > 0) {
    const detail = `${describeChanges(strategy)}; pods that still run an older template restart`;
    effects.push(effect('may-reset', workload, detail));
  }
  const remaining = new Set(next.pods.map(({ name }) => name));
  const leaving = workload.pods.filter(({ name }) => !remaining.has(name)).map(({ name }) => name);
  if (leaving.length > 0) effects.push(effect('loses', workload, `pods ${listed(leaving)}`));
  return effects;
}

/** All else of a running pod's containers the API refuses (Kubernetes documentation, "Pod update and replacement"). */
const imageOfPod = /^spec\.template\.(metadata\.|spec\.(initContainers|containers)\[\d+\]\.image$)/;

/** Kubernetes documentation, "StatefulSet Update Strategies". */
function waitsForDeletion(spec: Readonly<Record<string, unknown>> | undefined): boolean {
  return changedPaths(spec?.['updateStrategy'], { type: 'OnDelete' }).length === 0;
}

function gone(workload: Workload): Effect {
  return effect('removes', workload, `pods ${names(workload)}`);
}

/**
 * One more route server behind a VIP makes routers spread its sessions anew. What goes stays until a person has confirmed it:
 * a StatefulSet with another name stands beside the old one until then.
 */
function rehashes(before: BuiltCluster, after: BuiltCluster): Effect[] {
  const [old, next] = [podsBySide(before), podsBySide(after)];
  return [...next].flatMap(([side, pods]): Effect[] => {
    const there = old.get(side) ?? new Set<string>();
    const together = new Set([...there, ...pods]).size;
    if (there.size === 0 || together <= there.size) return [];
    const added = routeServerSets(after).filter(({ template }) => template.metadata.labels[labels.side] === side);
    const until = pods.size < together ? ' until a person confirms that the others go' : '';
    const detail = `${count(together, 'route server')} behind the VIP instead of ${String(there.size)}${until}: routers rehash the clients; some sessions reset`;
    return [{ kind: 'resets', object: added.at(-1)?.id ?? side, sides: [side], detail }];
  });
}

function podsBySide(cluster: BuiltCluster): Map<string, ReadonlySet<string>> {
  const sides = new Map<string, ReadonlySet<string>>();
  for (const { template, pods } of routeServerSets(cluster)) {
    const side = template.metadata.labels[labels.side] ?? '';
    sides.set(
      side,
      new Set([...(sides.get(side) ?? []), ...pods.map(({ namespace, name }) => `${namespace}/${name}`)]),
    );
  }
  return sides;
}

function effect(kind: Effect['kind'], { id, template }: Workload, detail: string): Effect {
  const side = template.metadata.labels[labels.side];
  return { kind, object: id, sides: side === undefined ? [] : [side], detail };
}

function names({ pods }: Workload): string {
  return listed(pods.map(({ name }) => name));
}

function specOf({ objects }: BuiltCluster, id: string): Readonly<Record<string, unknown>> {
  const spec = objects.find((object) => object.id === id)?.view['spec'];
  return typeof spec === 'object' && spec !== null ? { ...spec } : {};
}

function pick(
  specs: readonly Readonly<Record<string, unknown>>[],
  keys: readonly string[],
): [unknown, unknown, string] {
  const [one, other] = specs.map((spec) => Object.fromEntries(keys.map((key) => [key, spec[key]])));
  return [one, other, 'spec'];
}

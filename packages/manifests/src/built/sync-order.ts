import { gateFlags, labels, roles } from '@meshrs/contract';
import { removalWave } from '../argo-cd/waves.ts';
import { argoCdAnnotations } from '../kubernetes/argo-cd-types.ts';
import type { BuiltCluster } from './read-built.ts';
import type { ObjectView } from './views.ts';
import { containersOf, type Workload } from './workloads.ts';

/** What stands before a side's turn in a sync. */
export interface Gate {
  /** Id of its pod. */
  readonly id: string;
  /** The side that goes next. */
  readonly side: string;
  readonly wave: number;
  readonly workload: Workload;
}

/** The gates of a build, in the order of the sync. */
export function gatesOf(cluster: BuiltCluster): Gate[] {
  return cluster.workloads
    .filter(isGate)
    .flatMap((workload) => {
      const object = cluster.objects.find(({ id }) => id === workload.id);
      const side = nextOf(workload);
      return object && side !== undefined ? [{ id: workload.id, side, wave: waveOf(object.view), workload }] : [];
    })
    .sort((one, other) => one.wave - other.wave);
}

export function isGate({ template }: Workload): boolean {
  return template.metadata.labels[labels.role] === roles.gate;
}

/** The wave of an object; 0 without the annotation (Argo CD documentation, "Sync Phases and Waves"). */
export function waveOf({ metadata }: ObjectView): number {
  const wave = Number(metadata.annotations[argoCdAnnotations.syncWave] ?? 0);
  return Number.isInteger(wave) ? wave : 0;
}

/** The side in whose turn a wave comes; undefined before the first gate, in a gate's own wave, and from the last gate on. */
export function turnOf(gates: readonly Gate[], wave: number): string | undefined {
  if (wave >= removalWave || gates.some((gate) => gate.wave === wave)) return undefined;
  return gates.findLast((gate) => gate.wave < wave)?.side;
}

function nextOf(workload: Workload): string | undefined {
  const argument = argumentsOf(workload).find((text) => text.startsWith(gateFlags.next));
  return argument?.slice(gateFlags.next.length);
}

/** The arguments of a pod's one container. */
export function argumentsOf(workload: Workload): readonly string[] {
  return containersOf(workload).flatMap(({ args }) => args);
}

import { fleetKey } from '@meshrs/contract';
import { gateHook } from '../../argo-cd/gate-hook.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { gatesOf, isGate, turnOf, waveOf, type Gate } from '../../built/sync-order.ts';
import type { ObjectView } from '../../built/views.ts';
import { argoCdAnnotations } from '../../kubernetes/argo-cd-types.ts';
import { sideLabel } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const syncOrder: Rule = {
  id: 'sync-order',
  title:
    "An object of a side is not in a sync wave between the side's gate and the next one, the fleet's router-ids are not in one before all gates, or a gate does not run in every sync",
  why: 'Argo CD would change the side together with another one, or before its clients have another session.',
  isWaivable: false,
  check: (cluster, { sides }) => {
    const gates = gatesOf(cluster);
    return [
      ...gates.flatMap((gate) => noHook(gate, cluster)),
      ...gates.flatMap((gate) => sharedWave(gate, gates)),
      ...outOfTurn(cluster, gates, sides),
      ...fleetTooLate(cluster, gates),
    ];
  },
};

/** A gate that is no hook stays where it is after the first sync, and asks nobody. */
function noHook({ id }: Gate, { objects }: BuiltCluster): RuleFinding[] {
  const annotations = objects.find((object) => object.id === id)?.view.metadata.annotations ?? {};
  return Object.entries(gateHook)
    .filter(([key, value]) => annotations[key] !== value)
    .map(([key, value]) => ({
      object: id,
      message: 'The gate does not run in every sync.',
      seen: `${key}: ${annotations[key] ?? 'none'}`,
      allowed: value,
      hint: 'remove the patch in overlays/<cluster>/custom that changes the annotation',
    }));
}

function sharedWave(gate: Gate, gates: readonly Gate[]): RuleFinding[] {
  const other = sameWave(gate, gates);
  if (!other) return [];
  return [
    {
      object: gate.id,
      message: `The gate is in the same sync wave as ${other.id}; Argo CD would change two sides at the same time.`,
      seen: String(gate.wave),
      allowed: 'a wave of its own',
      hint: `remove the patch in overlays/<cluster>/custom that changes ${argoCdAnnotations.syncWave}`,
    },
  ];
}

function sameWave({ id, wave }: Gate, gates: readonly Gate[]): Gate | undefined {
  return gates.find((other) => other.id !== id && other.wave === wave);
}

function outOfTurn(cluster: BuiltCluster, gates: readonly Gate[], sides: readonly string[]): RuleFinding[] {
  const podLabels = new Map(
    cluster.workloads.filter((workload) => !isGate(workload)).map(({ id, template }) => [id, template.metadata.labels]),
  );
  const sideOf = (id: string, { metadata }: ObjectView): string | undefined =>
    podLabels.get(id)?.[sideLabel] ?? metadata.labels[sideLabel];
  return cluster.objects.flatMap(({ id, view }): RuleFinding[] => {
    const side = sideOf(id, view);
    const wave = waveOf(view);
    const gate = gates.find((candidate) => candidate.side === side);
    // Of a side that is not this cluster's no gate is wanted; one that lacks is named as a missing object.
    if (side === undefined || !sides.includes(side) || !gate || turnOf(gates, wave) === side) return [];
    // Two gates in one wave are named themselves: no wave of the object's would be right.
    if (sameWave(gate, gates)) return [];
    const key = argoCdAnnotations.syncWave;
    return [
      {
        object: id,
        message: `The object belongs to side ${side}, but its sync wave, ${String(wave)}, is outside that side's turn; Argo CD would change it ${changedWhen(wave, gate)}.`,
        seen: view.metadata.annotations[key] === undefined ? `no ${key}, which is 0` : `${key}: ${String(wave)}`,
        allowed: allowedWaves(gate, gates),
        hint: `annotate it with ${key}: "${String(gate.wave + 1)}"`,
      },
    ];
  });
}

/** What all sides must know before the first of them changes. */
function fleetTooLate({ configMaps }: BuiltCluster, [first]: readonly Gate[]): RuleFinding[] {
  if (!first) return [];
  const key = argoCdAnnotations.syncWave;
  return configMaps
    .filter(({ view }) => view.data[fleetKey] !== undefined && waveOf(view) >= first.wave)
    .map(({ id, view }) => ({
      object: id,
      message: `The router-ids of the fleet are applied in sync wave ${String(waveOf(view))}, not before the first side; the other sides would evict a route server that is new.`,
      seen: `${key}: ${String(waveOf(view))}`,
      allowed: `less than ${String(first.wave)}, the wave of the first gate`,
      hint: `remove the patch in overlays/<cluster>/custom that changes ${key}`,
    }));
}

function changedWhen(wave: number, gate: Gate): string {
  if (wave < gate.wave) return 'before the gate';
  return wave === gate.wave ? 'together with the gate' : 'after the turn';
}

function allowedWaves(gate: Gate, gates: readonly Gate[]): string {
  const next = gates.find(({ wave }) => wave > gate.wave);
  const from = String(gate.wave + 1);
  return next ? `${from} to ${String(next.wave - 1)}` : `${from} or more`;
}

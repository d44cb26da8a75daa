import { gateRevision } from '@meshrs/contract';
import {
  compareText,
  gatesOf,
  readBuilt,
  routeServerSets,
  sideOf,
  sidesWithRouteServers,
  sortedTexts,
  turnOf,
  waveOf,
  type BuiltCluster,
} from '@meshrs/manifests/built';
import { actsOf } from './acts.ts';
import { clientsOfSide, type ClientsHit } from './clients.ts';
import type { Act, Effect, EffectFinder, TimedEffect } from './effect.ts';
import { argoCdActs, argoCdEffects } from './kinds/argo-cd.ts';
import { chartActs } from './kinds/chart-acts.ts';
import { configMapEffects } from './kinds/config-maps.ts';
import { fixedChoices, type FixedChoice } from './fixed-choices.ts';
import { isGenerated } from './generated.ts';
import { backendOf } from './kinds/metallb-chart.ts';
import { looseBudgets, type LooseBudget } from './loose-budgets.ts';
import { metallbRefusals, type MetallbRefusal } from './metallb-refusals.ts';
import { movedObjects, type MovedObject } from './moved-objects.ts';
import { metallbEffects } from './kinds/metallb.ts';
import { namespaceEffects } from './kinds/namespaces.ts';
import { networkPolicyEffects } from './kinds/network-policies.ts';
import { serviceEffects } from './kinds/services.ts';
import { shutOutOf } from './kinds/settings/shut-out.ts';
import { speakersEffects } from './kinds/speakers.ts';
import { settingsEffects } from './kinds/settings/settings-effects.ts';
import { workloadEffects } from './kinds/stateful-sets.ts';
import { unknownEffects } from './kinds/unknown.ts';

/** What applying a build over another one does to what runs. */
export interface Comparison {
  /** By side, then by object. */
  readonly effects: readonly TimedEffect[];
  /** Sides whose clients certainly notice. */
  readonly disturbedSides: readonly string[];
  /**
   * What disturbs a side outside its turn while another side is disturbed too: no wave orders the two, and that breaks
   * what the sides are for. Empty when the sides go one after the other.
   */
  readonly unordered: readonly TimedEffect[];
  /**
   * The sides that are disturbed, or may be, in the order in which Argo CD takes them; empty when no order keeps those
   * apart that are disturbed.
   */
  readonly turns: readonly string[];
  /** "namespace/pod" of route servers that are gone. */
  readonly removedRouteServers: readonly string[];
  readonly looseBudgets: readonly LooseBudget[];
  /** What a fleet that runs cannot change. */
  readonly fixedChoices: readonly FixedChoice[];
  /** What MetalLB's webhook refuses in this commit: its sync would not end. */
  readonly metallbRefusals: readonly MetallbRefusal[];
  /** Objects that keep their names and get another side: no turn is theirs. */
  readonly movedObjects: readonly MovedObject[];
  /** Gates that do not open while some clients have a session with their side, since the side before refuses them. */
  readonly stuckGates: readonly StuckGate[];
  /** What a person has to do beside the commit. */
  readonly acts: readonly Act[];
  /** Who has sessions with the sides that are disturbed, or may be; undefined: nobody can say. */
  readonly clients: Readonly<Record<string, ClientsHit | undefined>>;
}

export interface StuckGate {
  /** The side before which the gate stands. */
  readonly side: string;
  /** Who they are, as far as settings tell. */
  readonly clients: readonly string[];
}

/** What stands in clusters/ of a cluster, beside what kustomize builds of its overlay. */
export interface OutsideDocuments {
  readonly cluster: string;
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

const finders: readonly EffectFinder[] = [
  namespaceEffects,
  workloadEffects,
  serviceEffects,
  metallbEffects,
  networkPolicyEffects,
  configMapEffects,
  settingsEffects,
  speakersEffects,
  unknownEffects,
];

/**
 * Compares two builds of a cluster: what restarts pods, renumbers a VIP, resets sessions, and on which side. Both are
 * the documents that `kustomize build` gives; no document in `before`: the cluster is new, and nothing can be disturbed.
 */
export function compareBuilt(
  before: readonly unknown[],
  after: readonly unknown[],
  outside: OutsideDocuments = { cluster: 'CLUSTER', before: [], after: [] },
): Comparison {
  const [old, next] = [readBuilt(before), readBuilt(after)];
  const around = { before: readBuilt(outside.before), after: readBuilt(outside.after) };
  const effects = (old.objects.length === 0 ? [] : allEffects(old, next, around))
    .map((effect) => ({ ...effect, turn: turnOfEffect(effect, old, next) }))
    .sort((one, other) => compareText(one.sides.join(), other.sides.join()) || compareText(one.object, other.object));
  const disturbing = effects.filter(({ kind, sides }) => kind !== 'may-reset' && sides.length > 0);
  const disturbedSides = sortedTexts([...new Set(disturbing.flatMap(({ sides }) => sides))]);
  const unordered = disturbedSides.length > 1 ? disturbing.filter(({ turn }) => turn === undefined) : [];
  const isInTurn = disturbing.every(({ turn }) => turn !== undefined);
  const waiting = isInTurn ? effects.flatMap(({ turn }) => turn ?? []) : disturbedSides;
  const turns = unordered.length > 0 ? [] : gatesOf(next).flatMap(({ side }) => (waiting.includes(side) ? [side] : []));
  const touched = sortedTexts([...new Set(effects.flatMap(({ sides }) => sides))]);
  return {
    effects,
    disturbedSides,
    unordered,
    turns,
    stuckGates: stuckGates(old, next, turns),
    removedRouteServers: removedRouteServers(old, next),
    looseBudgets: looseBudgets(old, next),
    fixedChoices: fixedChoices(old, next),
    metallbRefusals: metallbRefusals(old, next, backendOf(around.after)),
    movedObjects: movedObjects(old, next),
    acts: [
      ...actsOf(old, next, { effects, cluster: outside.cluster }),
      ...(outside.before.length === 0 ? [] : [...chartActs(around), ...argoCdActs(around, outside.cluster)]),
    ],
    clients: Object.fromEntries(touched.map((side) => [side, clientsOfSide(old, side)])),
  };
}

/** A gate asks whether each client of its side has a session with another one; who is refused there has none. */
function stuckGates(old: BuiltCluster, next: BuiltCluster, turns: readonly string[]): StuckGate[] {
  return turns.slice(1).flatMap((side) => {
    const kept = new Set(shutOutOf(old, next, side));
    const clients = shutOutOf(old, next, turns[0] ?? '').filter((client) => kept.has(client));
    return clients.length === 0 ? [] : [{ side, clients }];
  });
}

function allEffects(
  old: BuiltCluster,
  next: BuiltCluster,
  around: { readonly before: BuiltCluster; readonly after: BuiltCluster },
): Effect[] {
  const overlays = { before: old, after: next };
  const effects = [
    ...finders.flatMap((find) => find(old, next)),
    ...argoCdEffects(around, overlays),
    // The sides are those of the overlay: beside it no route server stands.
    ...unknownEffects(around.before, around.after, sidesWithRouteServers(old)),
  ];
  const anew = new Set(effects.filter(({ kind }) => kind === 'recreates').map(({ object }) => object));
  // What is made anew is all new: what else changes of it needs no word.
  return effects.filter(({ kind, object }) => kind !== 'unknown' || !anew.has(object));
}

/**
 * What an object of one side undergoes in place waits for that side's gate. What goes of a side that stays is deleted at the end of the
 * sync, and the gate there opens one side at a time (decision 41); what must be made anew a person deletes.
 */
function turnOfEffect({ kind, object, sides }: Effect, old: BuiltCluster, next: BuiltCluster): string | undefined {
  const [side, ...others] = sides;
  const changed = next.objects.find(({ id }) => id === object);
  if (side === undefined || others.length > 0 || kind === 'recreates') return undefined;
  if (!changed) {
    // With a route server or a VIP more goes than the object.
    if (kind !== 'resets') return undefined;
    const gone = old.objects.find(({ id }) => id === object)?.view;
    if (!gone || !isGenerated(gone) || gone.metadata.annotations[gateRevision] === undefined) return undefined;
    return sideOf(gone).join() === side && gatesOf(next).some((gate) => gate.side === side) ? side : undefined;
  }
  return turnOf(gatesOf(next), waveOf(changed.view)) === side ? side : undefined;
}

function removedRouteServers(old: BuiltCluster, next: BuiltCluster): string[] {
  const pods = (cluster: BuiltCluster): string[] =>
    routeServerSets(cluster).flatMap((set) => set.pods.map(({ namespace, name }) => `${namespace}/${name}`));
  const remaining = new Set(pods(next));
  return sortedTexts(pods(old).filter((pod) => !remaining.has(pod)));
}

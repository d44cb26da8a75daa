import { agentCommands } from './identity.ts';
import { formatSpeakers, type SpeakersIntent } from './speakers.ts';
import { formatBudget, type BudgetIntent } from './turn/budget.ts';

/** What stands between two sides of a roll-out: `mesh-agent gate` in a pod that Argo CD runs as a sync hook. */
export interface GateIntent {
  /** The side whose objects go next. */
  readonly next: string;
  /** Every side in the order in which they go, with what its roll-out is seen by. */
  readonly sides: readonly AnyGateSide[];
  /** Label selector of the route servers' pods: "app=meshrr-evpnrs". */
  readonly selector: string;
  /**
   * ConfigMap with what every route server has to know of all others (`fleetKey`): the gate waits until those that keep
   * sessions have it. Undefined: it does not ask.
   */
  readonly fleet?: string;
  /** How long it waits before it refuses. */
  readonly timeoutSeconds: number;
  /** Addresses of the clients that may be missing. */
  readonly allowMissing: readonly string[];
  /**
   * What the objects of the side are, as a hash over all of them. Where every StatefulSet of the side carries it as
   * annotation `gateRevision` already, the sync changes nothing there, and there is nothing to wait for: else a commit
   * that fixes side b alone would wait before side a for clients that only the fix of b brings back.
   */
  readonly revision?: string;
  /** What holds everybody else to the order: closed while it looks, open for the side when it has passed. */
  readonly turn?: GateTurnIntent;
  /** MetalLB's pods, which it replaces on the nodes of the side once it is open; undefined: somebody else's. */
  readonly speakers?: SpeakersIntent;
  /** Secrets of its own namespace with which its nodes pull the images of MetalLB's new pods; undefined: none. Nothing without `speakers`. */
  readonly pullSecrets?: readonly string[];
}

export interface GateTurnIntent {
  /** `turnName` of the fleet. */
  readonly name: string;
  /** How long the side stays open where nobody closes its turn. */
  readonly openSeconds: number;
  /** What orders evictions: it allows none while the turn is not closed for good. */
  readonly budget: BudgetIntent;
}

/**
 * What stands before the end of a sync, where Argo CD deletes what no commit names any more: it opens the one side of which
 * there is such a thing.
 */
export interface RemovalGateIntent extends Omit<GateIntent, 'next' | 'revision' | 'turn' | 'speakers' | 'pullSecrets'> {
  readonly turn: GateTurnIntent;
  /** By side of this cluster, what its objects are; one that is not named has a component of the user's. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Namespace of what MetalLB announces; undefined: nothing is. */
  readonly metallbNamespace?: string;
}

/** Annotation of a side's objects, on their metadata and never in the pod template. */
export const gateRevision = 'meshrs.dev/side-revision';

export type AnyGateSide = GateSide | GateSideElsewhere;

/** A side of the gate's own cluster, whose objects it reads from the API. */
export interface GateSide {
  readonly name: string;
  readonly statefulSets: readonly string[];
  /** ConfigMap with the side's settings. */
  readonly settings: string;
  /** StatefulSets of it that the cluster has and no commit names any more: their pods are the side's until they are gone. */
  readonly leaving?: readonly string[];
}

/**
 * A side that stands in another cluster, whose API the gate may not ask: its agents say what they run. Of MetalLB's
 * objects they know nothing; that those of the side are as committed is not seen.
 */
export interface GateSideElsewhere {
  readonly name: string;
  /** SHA-256 of the side's settings, in hexadecimal. */
  readonly settingsRevision: string;
  /** One for each of its route servers. */
  readonly agents: readonly GateAgent[];
}

export interface GateAgent {
  /** Where the gate reaches its port `ports.agent`. */
  readonly address: string;
  /** The value of `environment.podRevision` in its pod. */
  readonly podRevision: string;
}

/** The beginnings of its arguments; what follows is the value. */
export const gateFlags = {
  next: '--next=',
  side: '--side=',
  elsewhere: '--elsewhere=',
  selector: '--selector=',
  fleet: '--fleet=',
  timeout: '--timeout=',
  allowMissing: '--let-through=',
  revision: '--revision=',
  turn: '--turn=',
  openSeconds: '--open-for=',
  budget: '--budget=',
  speakers: '--speakers=',
  pullSecret: '--pull-secret=',
  sideRevision: '--side-revision=',
  announcedIn: '--announced-in=',
} as const;

/**
 * The arguments of a gate: `gate --next b --side a=routeserver-a,routeserver-a2/routeserver-a-settings --side …
 * --selector app=meshrr-evpnrs --fleet meshrr-evpnrs-fleet --timeout 300 --let-through 192.168.4.11 --revision 5f2c…
 * --turn meshrr-evpnrs.meshrr --open-for 440 --budget meshrr-evpnrs:minAvailable=50%@420
 * --speakers metallb/metallb-speaker@0b7d… --pull-secret mirror`; a side of another cluster is
 * `--elsewhere a=9b31…/10.0.0.1@77aa…,10.0.0.2@77aa…`.
 */
export function gateArguments(intent: GateIntent): string[] {
  const { next, revision, turn, speakers, pullSecrets = [] } = intent;
  return [
    agentCommands.gate,
    `${gateFlags.next}${next}`,
    ...lookArguments(intent),
    ...(revision === undefined ? [] : [`${gateFlags.revision}${revision}`]),
    ...(turn === undefined ? [] : turnArguments(turn)),
    ...(speakers === undefined
      ? []
      : [
          `${gateFlags.speakers}${formatSpeakers(speakers)}`,
          ...pullSecrets.map((name) => `${gateFlags.pullSecret}${name}`),
        ]),
  ];
}

/**
 * Those of the gate before what is removed: `removal-gate --side … --selector … --fleet … --timeout 300 --side-revision
 * a=5f2c… --announced-in metallb --turn … --open-for 120 --budget …`.
 */
export function removalGateArguments(intent: RemovalGateIntent): string[] {
  const { revisions, metallbNamespace, turn } = intent;
  return [
    agentCommands.removalGate,
    ...lookArguments(intent),
    ...Object.entries(revisions).map(([side, revision]) => `${gateFlags.sideRevision}${side}=${revision}`),
    ...(metallbNamespace === undefined ? [] : [`${gateFlags.announcedIn}${metallbNamespace}`]),
    ...turnArguments(turn),
  ];
}

function lookArguments({
  sides,
  selector,
  fleet,
  timeoutSeconds,
  allowMissing,
}: Pick<GateIntent, 'sides' | 'selector' | 'fleet' | 'timeoutSeconds' | 'allowMissing'>): string[] {
  return [
    ...sides.map(sideArgument),
    `${gateFlags.selector}${selector}`,
    ...(fleet === undefined ? [] : [`${gateFlags.fleet}${fleet}`]),
    `${gateFlags.timeout}${String(timeoutSeconds)}`,
    ...allowMissing.map((address) => `${gateFlags.allowMissing}${address}`),
  ];
}

function turnArguments(turn: GateTurnIntent): string[] {
  return [
    `${gateFlags.turn}${turn.name}`,
    `${gateFlags.openSeconds}${String(turn.openSeconds)}`,
    `${gateFlags.budget}${formatBudget(turn.budget)}`,
  ];
}

/**
 * The arguments of what closes the turn before the first gate of a sync and after its last side: `close-turn --turn
 * meshrr-evpnrs.meshrr --budget … --take-over`. The first one takes over, as gates do: what a person opened is closed, too.
 */
export function closeTurnArguments({
  name,
  budget,
  takesOver,
}: Pick<GateTurnIntent, 'name' | 'budget'> & { readonly takesOver: boolean }): string[] {
  return [
    agentCommands.closeTurn,
    `${gateFlags.turn}${name}`,
    `${gateFlags.budget}${formatBudget(budget)}`,
    ...(takesOver ? ['--take-over'] : []),
  ];
}

/** Reads the value of one `--side`; undefined when it is not of that form. */
export function parseGateSide(value: string): GateSide | undefined {
  const match = /^(?<name>[^=/,]+)=(?<sets>[^=/]+)\/(?<settings>[^=/,]+)$/.exec(value);
  const { name, sets, settings } = match?.groups ?? {};
  if (name === undefined || sets === undefined || settings === undefined) return undefined;
  const statefulSets = sets.split(',');
  return statefulSets.includes('') ? undefined : { name, statefulSets, settings };
}

/** Reads the value of one `--elsewhere`; undefined when it is not of that form. The addresses are not looked at. */
export function parseGateSideElsewhere(value: string): GateSideElsewhere | undefined {
  const match = /^(?<name>[^=/,@]+)=(?<settingsRevision>[^=/,@]+)\/(?<agents>[^=/]+)$/.exec(value);
  const { name, settingsRevision, agents: list } = match?.groups ?? {};
  if (name === undefined || settingsRevision === undefined || list === undefined) return undefined;
  const agents = list.split(',').map((text) => /^(?<address>[^@]+)@(?<podRevision>[^@]+)$/.exec(text)?.groups);
  const read = agents.flatMap((groups): GateAgent[] => {
    const { address, podRevision } = groups ?? {};
    return address === undefined || podRevision === undefined ? [] : [{ address, podRevision }];
  });
  return read.length === agents.length ? { name, settingsRevision, agents: read } : undefined;
}

/** Whether it stands in another cluster than the gate. */
export function isElsewhere(side: AnyGateSide): side is GateSideElsewhere {
  return 'agents' in side;
}

function sideArgument(side: AnyGateSide): string {
  if (!isElsewhere(side)) {
    return `${gateFlags.side}${side.name}=${side.statefulSets.join(',')}/${side.settings}`;
  }
  const agents = side.agents.map(({ address, podRevision }) => `${address}@${podRevision}`);
  return `${gateFlags.elsewhere}${side.name}=${side.settingsRevision}/${agents.join(',')}`;
}

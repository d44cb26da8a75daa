import { ports } from '@meshrs/contract';
import type { MissingClient, MissingReason, SidesComparison, UnknownClients } from './sides-comparison.ts';
import type { GateVerdict, SideGap } from './decide-gate.ts';
import type { MarkGap, RollOutGap } from './roll-out.ts';
import { describeFleetGaps, describeFleetRemedies } from './describe-fleet.ts';
import { listed, otherSides, short, type GatePlace } from './gate-words.ts';

export type ShutGate = Extract<GateVerdict, { kind: 'shut' }>;

/** Why a shut gate stays so, and what to do, in a few sentences for a network engineer. */
export function describeRefusal(verdict: ShutGate, place: GatePlace, waitedSeconds: number): string {
  return [
    `Gate timed out after ${String(waitedSeconds)} s; side ${place.next} was not changed: ${describeObstacles(verdict, place).join('; ')}.`,
    `${describeRemedies(verdict, place)}; then sync again.`,
  ].join(' ');
}

/** What a shut gate waits for, each in words. */
export function describeObstacles(
  { gaps, markGaps, fleetGaps, comparison }: ShutGate,
  place: GatePlace,
): readonly string[] {
  const sidesWithGaps = [...Map.groupBy(gaps, ({ side }) => side)];
  return [
    ...(markGaps.length === 0
      ? []
      : [
          `side ${place.next} is marked as committed, but does not run that, so its clients count: ${listed(markGaps.map(markGapWords))}`,
        ]),
    ...sidesWithGaps.map(
      ([side, list]) => `side ${side} ${sideWords[list[0]?.order ?? 'earlier']}: ${listed(list.map(gapWords))}`,
    ),
    ...describeFleetGaps(fleetGaps),
    ...comparison.unreadable.map(unknownClientsWords),
    ...reasonsOf(comparison.missing).map(([kind, clients]) => missingWords(kind, clients, comparison, place)),
  ];
}

const sideWords: Readonly<Record<SideGap['order'], string>> = {
  earlier: 'does not run what was committed',
  next: 'may have clients that are on their way back',
  later: 'may change by itself',
};

function unknownClientsWords({ routeServer, kind, why }: UnknownClients): string {
  switch (kind) {
    case 'unreadable':
      return `the gate cannot read the status of ${routeServer}, so it does not know its clients (${why})`;
    case 'stale':
      return `the gate does not know which clients ${routeServer} has now (${why})`;
    case 'partial':
      return `the gate does not know all clients of ${routeServer}, one of which may be ${why}`;
  }
}

/** The clients that the gate does not wait for although nobody keeps them, and entries of the list that do nothing. */
export function describeWarnings(
  { allowMissing, needlesslyAllowed }: SidesComparison,
  place: GatePlace,
): readonly string[] {
  return [
    ...allowMissing.map(
      (client) => `${label(client)} may be missing (gitops.gate.allowMissing): ${oneMissingWords(client, place)}`,
    ),
    ...needlesslyAllowed.map(
      (address) => `${address} is not missing, it is on ${otherSides(place)}: take it out of gitops.gate.allowMissing`,
    ),
  ];
}

function describeRemedies({ gaps, fleetGaps, comparison }: ShutGate, place: GatePlace): string {
  const kinds = new Set(comparison.missing.map(({ reason }) => reason.kind));
  const sidesOf = (order: SideGap['order']) => [
    ...new Set(gaps.filter((each) => each.order === order).map(({ side }) => `side ${side}`)),
  ];
  const [toFix, toReturn, toRest] = [sidesOf('earlier'), sidesOf('next'), sidesOf('later')];
  const unknown = (kind: UnknownClients['kind']) =>
    comparison.unreadable.filter((each) => each.kind === kind).map(({ routeServer }) => routeServer);
  const [partial, stale, silent] = [unknown('partial'), unknown('stale'), unknown('unreadable')];
  const names = listed(silent);
  const remedies = [
    ...(toFix.length > 0 ? [`fix ${toFix.join(' and ')} first`] : []),
    ...(toReturn.length > 0 ? [`wait until the clients of ${toReturn.join(' and ')} are back`] : []),
    ...(toRest.length > 0 ? [`wait until ${toRest.join(' and ')} is at rest, or fix it`] : []),
    ...describeFleetRemedies(fleetGaps),
    ...(stale.length > 0
      ? [`look why the engine of ${listed(stale)} does not answer (its probe restarts one that hangs)`]
      : []),
    ...(silent.length > 0
      ? [
          `fix the agent of ${names}, or see who has ${place.others.length === 0 ? 'another side' : otherSides(place)} (meshrs status), open side ${place.next} by hand (meshrs open ${place.next} --force) and delete ${silent.length === 1 ? 'the pod' : 'the pods, one after the other'} (this ends the sessions on ${names})`,
        ]
      : []),
    ...(partial.length > 0 ? [`take that neighbor away from ${listed(partial)}`] : []),
    ...(kinds.has('no-session') && place.others.length > 0
      ? [`fix their sessions with ${otherSides(place)} (${vipsOf(place)})`]
      : []),
    ...(kinds.has('not-readable') ? [`make its status readable (port ${String(ports.agent)} of the pod)`] : []),
    ...(kinds.has('leaving') ? ['wait until the route server is back'] : []),
    ...(kinds.has('not-heard')
      ? [`look whether the routers still have ${vipsOf(place)}, and the clients a way to it`]
      : []),
    ...(kinds.has('without-routes') ? ['compare what they announce to both sides'] : []),
  ].join('; ');
  const count = [...comparison.more.values()].reduce((sum, more) => sum + more, comparison.missing.length);
  // Where all are missing, none is switched off: it is the other side that lacks something.
  const isAll = count > 1 && count >= comparison.clientCount && remedies !== '';
  const allowMissing =
    count > 0 && !isAll ? ['name clients that are switched off for long in gitops.gate.allowMissing'] : [];
  const all = [...(remedies === '' ? [] : [remedies]), ...allowMissing].join(', or ');
  return `${all.charAt(0).toUpperCase()}${all.slice(1)}`;
}

function reasonsOf(missing: readonly MissingClient[]) {
  return [...Map.groupBy(missing, ({ reason }) => reason.kind)];
}

function missingWords(
  kind: MissingReason['kind'],
  clients: readonly MissingClient[],
  { clientCount, more }: SidesComparison,
  place: GatePlace,
): string {
  const count = clients.length + (more.get(kind) ?? 0);
  const isOne = count === 1;
  const some = `${String(count)} of its ${String(clientCount)} ${clientCount === 1 ? 'client' : 'clients'}`;
  const [have, hasTheir] = isOne ? ['has', 'has its'] : ['have', 'have their'];
  const names = listed(clients.map(label), count);
  switch (kind) {
    case 'no-session':
      return `${some} ${have} no session on ${otherSides(place)}: ${names}`;
    case 'not-readable':
      return `${some} may have no session on ${otherSides(place)}, where ${unreadableOf(clients)}: ${names}`;
    case 'leaving':
      return `${some} ${hasTheir} other session with a route server that drains or terminates: ${listed(
        clients.map((client) => `${label(client)} with ${leavingOf(client)}${requestOf(client.reason)}`),
        count,
      )}`;
    case 'not-heard':
      return `${some} ${have} a session on ${otherSides(place)} from which no BGP message has arrived since ${sidesChanged(place)}: ${names}`;
    case 'without-routes':
      return `${some} ${have} a session on ${otherSides(place)}, but ${otherSides(place)} ${sidesHave(place)} received fewer of ${isOne ? 'its' : 'their'} routes than expected: ${listed(
        clients.map((client) => `${label(client)} ${routesOf(client)}`),
        count,
      )}`;
  }
}

function oneMissingWords(client: MissingClient, place: GatePlace): string {
  switch (client.reason.kind) {
    case 'no-session':
      return `it has no session on ${otherSides(place)}`;
    case 'not-readable':
      return `it may have no session on ${otherSides(place)}, where ${unreadableOf([client])}`;
    case 'leaving':
      return `its other session is with ${leavingOf(client)}, which drains or terminates${requestOf(client.reason)}`;
    case 'not-heard':
      return `no BGP message has arrived from its session on ${otherSides(place)} since ${sidesChanged(place)}`;
    case 'without-routes':
      return `${otherSides(place)} ${sidesHave(place)} received fewer of its routes than expected: ${routesOf(client)}`;
  }
}

function unreadableOf(clients: readonly MissingClient[]): string {
  const reasons = clients.flatMap(({ reason }) =>
    reason.kind === 'not-readable' ? [`${reason.routeServer} cannot be read (${reason.why})`] : [],
  );
  return [...new Set(reasons)].join(' and ');
}

function leavingOf({ reason }: MissingClient): string {
  return reason.kind === 'leaving' ? reason.routeServer : '';
}

/** " (asked for by alice, since 2026-11-22T13:15:13Z)": who asked for a drain, and since when, where that was told. */
function requestOf(reason: RollOutGap | MissingReason): string {
  if (reason.kind !== 'leaving' || !reason.drain) return '';
  const { cause, requestedBy, requestedAt } = reason.drain;
  // Without fractions of a second, of which another agent may tell any number.
  const since = `, since ${requestedAt.slice(0, 19)}Z`;
  const words = cause === 'command' ? '; "mesh-agent undrain" takes it back' : '';
  return ` (${cause === 'pre-stop' ? 'because its pod ends, ' : ''}asked for by ${requestedBy}${since}${words})`;
}

function routesOf({ reason }: MissingClient): string {
  if (reason.kind !== 'without-routes') return '';
  const { receivedPrefixes, expectedPrefixes } = reason;
  return expectedPrefixes === undefined
    ? `${String(receivedPrefixes)} prefixes and no End-of-RIB yet`
    : `${String(receivedPrefixes)} of ${String(expectedPrefixes)} prefixes`;
}

function gapWords({ gap }: SideGap): string {
  return describeGap(gap);
}

function markGapWords(gap: MarkGap): string {
  switch (gap.kind) {
    case 'settings-of-another-commit':
      return `ConfigMap ${gap.configMap} bears the mark of another commit`;
    case 'settings-changed-since':
      return `ConfigMap ${gap.configMap} was changed after the side was marked, or it is not known when`;
    case 'no-route-server':
      return 'it has no pod';
    default:
      return describeGap(gap);
  }
}

/** What a side lacks, in words. */
export function describeGap(gap: RollOutGap): string {
  switch (gap.kind) {
    case 'no-stateful-set':
      return `there is no StatefulSet ${gap.name}`;
    case 'no-settings':
      return `there is no ConfigMap ${gap.configMap} with settings`;
    case 'not-observed':
      return `StatefulSet ${gap.name} was changed just now`;
    case 'not-updated':
      return `${String(gap.count)} of ${String(gap.replicas)} pods of StatefulSet ${gap.name} run the new revision`;
    case 'not-ready':
      return `${String(gap.count)} of ${String(gap.replicas)} pods of StatefulSet ${gap.name} are Ready`;
    case 'not-readable':
      return `${gap.routeServer} cannot be read (${gap.why})`;
    case 'leaving':
      return `${gap.routeServer} drains or terminates${requestOf(gap)}`;
    case 'old-settings':
      return `${gap.routeServer} has older settings than its ConfigMap`;
    case 'settings-refused':
      return `${gap.routeServer} refuses the settings of its ConfigMap, its log says why`;
    case 'not-applied':
      return gap.waitsUntil === undefined
        ? `the engine of ${gap.routeServer} does not run what its settings say`
        : `${gap.routeServer} waits with changes of its settings that end sessions, until their clients have another one, and until ${gap.waitsUntil} at the latest`;
    case 'other-settings':
      return `${gap.routeServer} has settings of revision ${short(gap.revision)}, but revision ${short(gap.wanted)} was committed`;
    case 'other-pod':
      return gap.revision === undefined
        ? `${gap.routeServer}'s pod does not report its revision; revision ${short(gap.wanted)} was committed`
        : `${gap.routeServer} is a pod of revision ${short(gap.revision)}, but revision ${short(gap.wanted)} was committed`;
    case 'just-started':
      return gap.seconds === undefined
        ? `${gap.routeServer} is not Ready, and does not tell since when its engine runs`
        : `the engine of ${gap.routeServer} started ${String(gap.seconds)} s ago`;
    case 'unready':
      return `${gap.routeServer} is not Ready`;
  }
}

/** "dc4-border1 (192.168.4.11)" */
function label({ name, address, isAway }: MissingClient): string {
  const lost = isAway === true ? 'its session ended a short time ago' : undefined;
  const more = name === undefined ? [lost] : [address, lost];
  const words = more.filter((each) => each !== undefined).join(', ');
  return `${name ?? address}${words === '' ? '' : ` (${words})`}`;
}

/** "side a last changed and the gate began to listen, or for two minutes": since when a gate counts what clients send. */
function sidesChanged(place: GatePlace): string {
  return `${place.others.length > 1 ? 'one of ' : ''}${otherSides(place)} last changed and the gate began to listen, or for two minutes`;
}

function sidesHave({ others }: GatePlace): string {
  return others.length > 1 ? 'have' : 'has';
}

function vipsOf({ others }: GatePlace): string {
  return `the VIP of ${others.flatMap(({ name, statefulSets }) => (statefulSets.length === 0 ? `side ${name}` : statefulSets)).join(', ')}`;
}

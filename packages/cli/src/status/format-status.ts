import { table } from '@meshrs/lab/table';
import type { ApplicationStatus, ClusterStatus, PodStatus, SideStatus, TurnOfFleet } from './cluster-status.ts';

/** The status as a network engineer reads it at a glance: sides, route servers, then what is missing and why. */
export function formatClusterStatus(status: ClusterStatus): string {
  const { cluster, context, server, turn, sides, application, notes } = status;
  const wrong = sides.flatMap(troublesOf);
  return [
    `Cluster ${cluster}, context "${context}" at ${server}`,
    `Sides\n${sidesTable(sides)}`,
    `Route servers\n${podsTable(sides)}`,
    ...(wrong.length > 0 ? [`Missing\n${table(['SIDE', 'WHAT'], wrong)}`] : []),
    `Turn\n${turnTable(turn)}`,
    `Gates\n${table(['BEFORE', 'NOW', 'WAITS FOR'], sides.flatMap(gateRows))}`,
    ...(application ? [`Argo CD\n${applicationTable(application)}`] : []),
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n');
}

function sidesTable(sides: readonly SideStatus[]): string {
  return table(
    ['SIDE', 'REVISION', 'IMAGES', 'READY', 'SETTINGS', 'VIPS', 'CLIENTS', 'PREFIXES', 'MISSING'],
    sides.map((side) => [
      side.name,
      joined(side.statefulSets.map(({ updateRevision }) => updateRevision?.split('-').at(-1) ?? '-')),
      joined(side.statefulSets.flatMap(({ images }) => images.map((image) => image.split('/').at(-1) ?? image))),
      readyOf(side),
      settingsOf(side),
      joined(side.vips.map(({ address, isAssigned }) => (isAssigned ? address : `${address} not assigned`))),
      countOf(side.clientCount),
      countOf(side.receivedPrefixes),
      String(missingCount(side)),
    ]),
  );
}

function podsTable(sides: readonly SideStatus[]): string {
  return table(
    ['POD', 'SIDE', 'NODE', 'STATE', 'RESTARTS', 'ENGINE', 'SETTINGS', 'MESH', 'CLIENTS', 'RECEIVED', 'EVICTED'],
    sides.flatMap((side) =>
      side.pods.map((pod) => [
        pod.name,
        side.name,
        pod.node ?? '-',
        stateOf(pod),
        String(pod.restarts),
        pod.agent?.engine ?? '-',
        shortOf(pod.agent?.settingsRevision),
        countOf(pod.agent?.meshCount),
        countOf(pod.agent?.clientCount),
        countOf(pod.agent?.receivedPrefixes),
        countOf(pod.agent?.evictionCount),
      ]),
    ),
  );
}

/** How many of those that a side keeps out have a line: anybody who may dial could make more. */
const keptOutAtMost = 20;

function troublesOf({ name, gaps, pods, declaredMissing, othersMissing, keptOut }: SideStatus): string[][] {
  const note = (isAllowedMissing: boolean): string => (isAllowedMissing ? ' (may be missing)' : '');
  const declared = new Set(declaredMissing.map(({ address }) => address));
  const others = othersMissing.filter(({ address }) => !declared.has(address));
  return [
    ...gaps,
    ...pods.flatMap(({ name: pod, agent }) =>
      (agent?.notReadyBecause ?? []).map((reason) => `${pod} is not Ready: ${reason}`),
    ),
    ...pods.flatMap(({ name: pod, agent }) => (agent?.waits ?? []).map((what) => `${pod} ${what}`)),
    ...pods.flatMap(({ name: pod, problem, agent }) =>
      problem === undefined
        ? []
        : [`${pod} cannot be read${agent?.clientCount === undefined ? '' : ' whole'}: ${problem}`],
    ),
    ...declaredMissing.map(
      (client) =>
        `client ${client.name} (${client.address}) has no session${client.mayHaveSession ? ' that is seen' : ''}${note(client.isAllowedMissing)}${because(client.why)}`,
    ),
    ...others
      .filter(({ reason }) => reason.kind !== 'not-readable')
      .map(
        ({ name: client, address, side, isAllowedMissing, reason, why }) =>
          `client ${client === undefined ? address : `${client} (${address})`} has a session on side ${side} and ${keptHere(reason)}${note(isAllowedMissing)}${because(why)}`,
      ),
    ...perhapsMissing(others),
    ...keptOut
      .slice(0, keptOutAtMost)
      .map(
        ({ address, lacks, isAllowedMissing, why }) =>
          `${address} ${lackWords[lacks]}${note(isAllowedMissing)}${because(why)}`,
      ),
    ...(keptOut.length > keptOutAtMost
      ? [
          `${String(keptOut.length - keptOutAtMost)} more are kept out; "mesh-agent evictions list" of its route servers names all`,
        ]
      : []),
  ].map((what) => [name, what]);
}

const lackWords = {
  'any-session': 'has no session on any side',
  'any-seen-session': 'has no session on any side that is seen',
  'session-here': 'has no session on this side',
  mesh: 'is kept out of the mesh',
} as const;

function because(why: readonly string[]): string {
  return why.length === 0 ? '' : `: ${why.join('; ')}`;
}

/** Of whom nothing is known because a route server is silent: thousands of lines would say the one thing that is wrong. */
function perhapsMissing(missing: SideStatus['othersMissing']): string[] {
  const unknown = missing.filter(({ reason }) => reason.kind === 'not-readable');
  return [...Map.groupBy(unknown, ({ side }) => side)].map(([side, clients]) => {
    const names = clients.slice(0, 10).map(({ name, address }) => name ?? address);
    const rest = clients.length - names.length;
    const all = [...names, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join(', ');
    return `${String(clients.length)} ${clients.length === 1 ? 'client' : 'clients'} of side ${side} may have no session on this side, whose clients are not all known: ${all}`;
  });
}

/** What a client has with the side that is looked at. */
function keptHere(reason: SideStatus['othersMissing'][number]['reason']): string {
  switch (reason.kind) {
    case 'no-session':
      return 'none on this side';
    case 'not-readable':
      return `perhaps none on this side: ${reason.routeServer} cannot be read`;
    case 'leaving':
      return `on this side only with ${reason.routeServer}, which drains or terminates`;
    case 'not-heard':
      return 'one on this side from which no BGP message has arrived since this side last changed';
    case 'without-routes':
      return 'one on this side, which has received fewer of its routes than expected';
  }
}

function gateRows({ name, gate }: SideStatus): string[][] {
  if (!gate) return [[name, 'unknown', 'the other sides are in another cluster']];
  const rows = [...gate.obstacles, ...gate.warnings];
  const verdict = gate.isOpen ? 'open' : 'waits';
  return [[name, verdict, rows[0] ?? 'nothing'], ...rows.slice(1).map((row) => ['', '', row])];
}

function turnTable(status: TurnOfFleet): string {
  const { turn, since, secondsLeft } = status;
  const isOpen = turn.state === 'open';
  const over = secondsLeft !== undefined && secondsLeft < 0 ? ` (over for ${String(0 - secondsLeft)} s)` : '';
  const row = [
    turn.state === 'unknown' ? 'not known' : isOpen ? turn.open : 'none',
    turn.state === 'unknown' ? '-' : (since ?? '-'),
    isOpen ? `${turn.until}${over}` : '-',
    turn.state === 'unknown' ? '-' : (turn.by ?? '-'),
    turn.state === 'unknown' ? turn.why : (turn.reason ?? '-'),
    interlockWords(status),
  ];
  return table(['OPEN', 'SINCE', 'UNTIL', 'BY', 'REASON', 'INTERLOCK'], [row]);
}

function interlockWords({ interlock, isThere, missingBindings: missing }: TurnOfFleet): string {
  if (isThere === false) return 'ABSENT: nothing keeps one side at a time';
  if (interlock === 'absent') return 'ABSENT: no policy asks for the turn, nothing keeps one side at a time';
  if (missing.length > 0) return `INCOMPLETE: not there, or without effect: ${missing.join(', ')}`;
  return interlock === 'enforced' ? 'enforced' : 'not known';
}

function applicationTable({ name, sync, health, revision, operation, message }: ApplicationStatus): string {
  return table(
    ['APPLICATION', 'SYNC', 'HEALTH', 'REVISION', 'LAST SYNC', 'MESSAGE'],
    [[name, sync, health, shortOf(revision), operation ?? '-', (message ?? '-').replaceAll('\n', ' ')]],
  );
}

function readyOf({ statefulSets, pods }: SideStatus): string {
  const wanted = statefulSets.reduce((sum, { found }) => sum + (found?.replicas ?? 0), 0);
  const absent = statefulSets.filter(({ found }) => !found).map(({ name }) => `no ${name}`);
  return joined([`${String(pods.filter(({ isReady }) => isReady).length)}/${String(wanted)}`, ...absent]);
}

function settingsOf({ settings: { revision }, pods }: SideStatus): string {
  if (revision === undefined) return 'none';
  const inForce = pods.filter(({ agent }) => agent?.settingsRevision === revision).length;
  return inForce === pods.length
    ? shortOf(revision)
    : `${shortOf(revision)} in ${String(inForce)}/${String(pods.length)}`;
}

function missingCount({ declaredMissing, othersMissing, keptOut }: SideStatus): number {
  const clientsKeptOut = keptOut.filter(({ lacks }) => lacks !== 'mesh');
  return new Set([...declaredMissing, ...othersMissing, ...clientsKeptOut].map(({ address }) => address)).size;
}

function stateOf({ isReady, phase, agent }: PodStatus): string {
  if (agent && agent.drain !== 'serving') return agent.drain;
  return isReady ? 'Ready' : phase === 'Running' ? 'not Ready' : phase;
}

function shortOf(revision: string | undefined): string {
  return revision?.slice(0, 8) ?? '-';
}

function countOf(value: number | undefined): string {
  return value === undefined ? '-' : String(value);
}

function joined(values: readonly string[]): string {
  return values.join(', ') || '-';
}

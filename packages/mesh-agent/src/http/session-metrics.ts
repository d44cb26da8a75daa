import type { BgpSession } from '@meshrs/contract';

/**
 * So many sessions have series of their own; of the others the gauges are summed under the address "others". Prometheus keeps each
 * series for hours after its last sample, so that what comes and goes by itself must have a bound.
 */
export const sessionsWithSeries = 1000;

interface SessionMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly of: (session: BgpSession) => number;
  /** Whether the sum over several sessions says anything. Of a counter it falls with each session that leaves, and is no counter. */
  readonly isSummed: boolean;
}

const metrics: readonly SessionMetric[] = [
  {
    name: 'meshrs_session_established',
    type: 'gauge',
    help: 'Whether the session is established.',
    of: ({ state }) => Number(state === 'established'),
    isSummed: true,
  },
  {
    name: 'meshrs_session_established_total',
    type: 'counter',
    help: 'How often the session came up since the engine knows the neighbor.',
    of: ({ establishedCount }) => establishedCount,
    isSummed: false,
  },
  {
    name: 'meshrs_session_dropped_total',
    type: 'counter',
    help: 'How often the session went down since the engine knows the neighbor.',
    of: ({ droppedCount }) => droppedCount,
    isSummed: false,
  },
  {
    name: 'meshrs_session_received_messages_total',
    type: 'counter',
    help: 'BGP messages of any type that were received since the engine knows the neighbor.',
    of: ({ receivedMessages }) => receivedMessages,
    isSummed: false,
  },
  {
    name: 'meshrs_session_uptime_seconds',
    type: 'gauge',
    help: 'For how long the session has been established; 0 while it is not.',
    of: ({ uptimeSeconds }) => uptimeSeconds ?? 0,
    isSummed: false,
  },
  {
    name: 'meshrs_session_received_prefixes',
    type: 'gauge',
    help: 'Prefixes received in the session, of the family in use.',
    of: ({ receivedPrefixes }) => receivedPrefixes,
    isSummed: true,
  },
  {
    name: 'meshrs_session_sent_prefixes',
    type: 'gauge',
    help: 'Prefixes sent in the session, of the family in use.',
    of: ({ sentPrefixes }) => sentPrefixes,
    isSummed: true,
  },
];

const leftOutName = 'meshrs_sessions_without_series';
const leftOutHelp = `Sessions that have no series of their own, since more than ${String(sessionsWithSeries)} exist.`;

/**
 * The metrics of each session as text of the Prometheus exposition format. Written here and not by prom-client, which would
 * keep every series. No text of a peer becomes a label: addresses and kinds alone.
 */
export function sessionMetrics(sessions: readonly BgpSession[]): string {
  const ordered = sessions.toSorted(
    (one, other) => rank(one) - rank(other) || (one.address < other.address ? -1 : Number(one.address > other.address)),
  );
  const shown = ordered.slice(0, sessionsWithSeries);
  const others = Map.groupBy(ordered.slice(sessionsWithSeries), ({ kind }) => kind);
  const labels = shown.map(({ address, kind }) => `{address="${address}",kind="${kind}"}`);
  const lines: string[] = [];
  for (const { name, type, help, of, isSummed } of metrics) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    shown.forEach((session, index) => lines.push(`${name}${labels[index] ?? ''} ${String(of(session))}`));
    if (!isSummed) continue;
    for (const [kind, some] of others) {
      const sum = some.reduce((total, session) => total + of(session), 0);
      lines.push(`${name}{address="others",kind="${kind}"} ${String(sum)}`);
    }
  }
  lines.push(`# HELP ${leftOutName} ${leftOutHelp}`, `# TYPE ${leftOutName} gauge`);
  lines.push(`${leftOutName} ${String(ordered.length - shown.length)}`);
  return `${lines.join('\n')}\n`;
}

/** The mesh and the clients that the topology names first: there are few of them, and they stay. */
function rank({ kind }: BgpSession): number {
  return kind === 'mesh' ? 0 : kind === 'declared-client' ? 1 : 2;
}

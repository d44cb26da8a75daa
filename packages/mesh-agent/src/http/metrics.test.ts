import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sessionKinds, type BgpSession } from '@meshrs/contract';
import { address, asn } from '@meshrs/network/test-data';
import { codeIn, readDocument, tableOf } from '@meshrs/test-kit/document-tables';
import { describe, expect, it } from 'vitest';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { createMetrics } from './metrics.ts';
import { sessionMetrics, sessionsWithSeries } from './session-metrics.ts';

function session(index: number, change: Partial<BgpSession> = {}): BgpSession {
  return {
    address: address(`10.0.${String(index >> 8)}.${String(index & 255)}`),
    kind: 'range-client',
    state: 'established',
    remoteAsn: asn(65001),
    uptimeSeconds: 7,
    establishedCount: 2,
    droppedCount: 1,
    receivedMessages: 3,
    receivedPrefixes: 5,
    sentPrefixes: 4,
    endOfRib: { received: true, sent: true },
    ...change,
  };
}

const status = {
  ...servingStatus,
  engine: { ...servingStatus.engine, restartCount: 3 },
  groups: [
    {
      name: 'CORE',
      source: { kind: 'dns' as const, description: 'dns core', isHealthy: true },
      published: [],
      desired: [],
      leftOut: [],
      observed: [],
    },
  ],
};

describe('the metrics', () => {
  const read = { readAt: '2026-11-27T08:00:00.000Z', interlock: 'enforced' } as const;
  const open = { open: 'b', by: 'alice', reason: 'work', until: '2026-11-27T08:30:00Z', overdueSeconds: 61 } as const;
  it.each([
    ['none that looks at one', undefined, []],
    [
      'a closed one',
      { state: 'closed', ...read },
      ['meshrs_turn_read 1', 'meshrs_turn_open 0', 'meshrs_interlock_enforced 1'],
    ],
    [
      'an open one',
      { state: 'open', ...read, ...open },
      [
        'meshrs_turn_read 1',
        'meshrs_turn_open{side="b"} 1',
        'meshrs_turn_until_timestamp_seconds 1795768200',
        'meshrs_turn_overdue_seconds 61',
        'meshrs_interlock_enforced 1',
      ],
    ],
    [
      'one that cannot be read',
      { state: 'unreadable', ...read, interlock: 'unknown', why: 'x' },
      ['meshrs_turn_read 0'],
    ],
    [
      'one that no policy asks for',
      { state: 'closed', ...read, interlock: 'absent' },
      ['meshrs_turn_read 1', 'meshrs_turn_open 0', 'meshrs_interlock_enforced 0'],
    ],
  ] as const)('of the turn: %s', async (_what, turn, samples) => {
    const metrics = createMetrics();
    // What was told before leaves no sample.
    await metrics.render({ ...status, turn: { state: 'open', ...read, ...open, open: 'a' } }, 0);
    const text = await metrics.render({ ...status, ...(turn && { turn }) }, 0);
    expect(text.split('\n').filter((line) => /^meshrs_(turn|interlock)_/.test(line))).toEqual(samples);
  });

  it('have zero samples of all that has not happened yet', async () => {
    const text = await createMetrics().render(status, 0);
    for (const sample of [
      'meshrs_http_refused_total{listener="probes",reason="slow-head"} 0',
      'meshrs_engine_failures_total{code="engine-lost"} 0',
      'meshrs_evictions_total{reason="as-not-allowed"} 0',
      'meshrs_settings_reads_total{result="refused"} 0',
      'meshrs_source_looks_total{group="CORE",result="empty-answer"} 0',
      'meshrs_peer_changes_total{group="CORE",kind="remove",reason="no-longer-published"} 0',
      'meshrs_sessions{kind="range-client",state="established"} 0',
      'meshrs_sessions_without_series 0',
      'meshrs_log_dropped_total 0',
      'meshrs_source_not_understood{group="CORE"} 0',
      'meshrs_pins{standing="held"} 0',
      'meshrs_engine_not_understood 0',
      'meshrs_engine_unknown_lines 0',
      'meshrs_log_level{level="debug"} 0',
      'meshrs_log_level{level="info"} 1',
      'meshrs_lost_clients{phase="moment-ago"} 0',
      'meshrs_lost_clients{phase="unready"} 0',
      'meshrs_lost_clients{phase="over"} 0',
    ]) {
      expect(text.split('\n')).toContain(sample);
    }
  });

  it('show pins by standing, what is not understood by its number, and no figure of it while nothing is read', async () => {
    const pin = {
      address: address('192.0.2.7'),
      group: 'CLIENTS',
      since: servingStatus.agent.now,
      closedAt: servingStatus.agent.now,
      closedCount: 2,
      isLeaving: false,
    };
    const metrics = createMetrics();
    const lines = async (changes: Partial<typeof servingStatus>) =>
      (await metrics.render({ ...status, ...changes }, 0)).split('\n');
    const odd = await lines({
      pins: [
        { ...pin, standing: 'held' },
        { ...pin, standing: 'held' },
        { ...pin, standing: 'up' },
      ],
      engine: {
        ...status.engine,
        notUnderstood: ['state "Weird"', 'and more'],
        unknownLineCount: 7,
        rangeNeighbors: { count: 4100, established: 12, limit: 5000 },
      },
    });
    expect(odd).toEqual(
      expect.arrayContaining([
        'meshrs_pins{standing="held"} 2',
        'meshrs_pins{standing="up"} 1',
        'meshrs_pins{standing="down"} 0',
        'meshrs_engine_not_understood 2',
        'meshrs_engine_unknown_lines 7',
        'meshrs_range_neighbors{state="established"} 12',
        'meshrs_range_neighbors{state="other"} 4088',
        'meshrs_range_neighbors_limit 5000',
        'meshrs_range_neighbors_cleared_total 0',
      ]),
    );
    expect(odd.join('\n')).not.toContain('Weird');
    const { kind, isConnected, since, restartCount, isApplied } = status.engine;
    const silent = await lines({ engine: { kind, isConnected, since, restartCount, isApplied } });
    expect(
      silent.filter((line) =>
        /^meshrs_(engine_(not_understood|unknown_lines)|range_neighbors(_limit)?[ {])/.test(line),
      ),
    ).toEqual([]);
    expect(silent).toContain('meshrs_pins{standing="held"} 0');
  });

  it('tell how many clients are with another side alone, and not who', async () => {
    const metrics = createMetrics();
    const lost = (phase: 'unready' | 'over', host: number) => ({
      address: `192.0.2.${String(host)}`,
      since: '2026-11-22T13:15:13.000Z',
      phase,
    });
    const lostClients = [lost('unready', 1), lost('unready', 2), lost('over', 3)];
    const lines = (await metrics.render({ ...status, lostClients }, 0)).split('\n');
    expect(lines).toContain('# TYPE meshrs_lost_clients gauge');
    expect(lines.filter((line) => line.startsWith('meshrs_lost_clients'))).toEqual([
      'meshrs_lost_clients{phase="moment-ago"} 0',
      'meshrs_lost_clients{phase="unready"} 2',
      'meshrs_lost_clients{phase="over"} 1',
    ]);
    const after = (await metrics.render({ ...status, lostClients: [] }, 0)).split('\n');
    expect(after).toContain('meshrs_lost_clients{phase="unready"} 0');
  });

  it('have counters where something only grows, and what was counted elsewhere', async () => {
    const metrics = createMetrics();
    metrics.httpRefused('agent', 'slow-reader');
    await metrics.render(status, 4);
    const lines = (await metrics.render(status, 5)).split('\n');
    expect(lines).toContain('# TYPE meshrs_engine_restarts_total counter');
    expect(lines).toContain('meshrs_engine_restarts_total 3');
    expect(lines).toContain('meshrs_log_dropped_total 5');
    expect(lines).toContain('# TYPE process_cpu_seconds_total counter');
    expect(lines).toContain('meshrs_http_refused_total{listener="agent",reason="slow-reader"} 1');
    for (const line of lines) {
      const [, name = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      // Prometheus, "Metric and label naming".
      expect(`${name} ${type}`).toMatch(/^ $|_total counter$|^(?!.*_total) *\S+ (gauge|histogram)$/);
    }
  });

  it('are all in docs/operations.md, with the same words', async () => {
    const lines = (await createMetrics().render(status, 0)).split('\n');
    const rows = lines.flatMap((line, index) => {
      const [, name = '', help = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
      const type = /^# TYPE \S+ (\S+)$/.exec(lines[index + 1] ?? '')?.[1] ?? '';
      return name === '' ? [] : [`${name} ${type} ${help}`];
    });
    const page = readFileSync(path.join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `((?:meshrs|process)_\w+)` +\| (\w+) +\| (.*?) +\|$/gm)].map(
      ([, name = '', type = '', help = '']) => `${name} ${type} ${help}`,
    );
    expect(documented.toSorted()).toEqual(rows.toSorted());
  });
});

describe('docs/operations.md', () => {
  const page = readDocument('docs/operations.md');
  const documented = tableOf(page, 'labels of').flatMap(([metrics, labels, values]) =>
    codeIn(metrics).flatMap((metric) => codeIn(labels).map((label) => ({ metric, label, values: codeIn(values) }))),
  );

  it('has each label of each metric, with all values of those that have a list', async () => {
    const at = servingStatus.agent.now;
    const [group] = status.groups;
    const text = await createMetrics().render(
      {
        ...status,
        groups: group ? [{ ...group, source: { ...group.source, lastAnswerAt: at } }] : [],
        engine: { ...status.engine, rangeNeighbors: { count: 2, established: 1, limit: 5 } },
        turn: { state: 'open', open: 'b', by: 'alice', reason: 'work', until: at, readAt: at, interlock: 'enforced' },
        sessions: {
          kind: 'read',
          ageMs: 0,
          passedOver: [],
          list: sessionKinds.map((kind, at) => session(at, { kind })),
        },
      },
      0,
    );
    const seen = new Map<string, Set<string>>();
    for (const [, metric = '', labels = ''] of text.matchAll(/^(\w+)\{(.*)\} \S+$/gm)) {
      for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
        // The buckets of a histogram are Prometheus' own.
        if (label === 'le') continue;
        const key = `${metric} ${label}`;
        seen.set(key, (seen.get(key) ?? new Set()).add(value));
      }
    }
    expect(documented.map(({ metric, label }) => `${metric} ${label}`).toSorted()).toEqual([...seen.keys()].toSorted());
    for (const { metric, label, values } of documented.filter(({ values }) => values.length > 0)) {
      expect(values.toSorted(), `${metric} ${label}`).toEqual([...(seen.get(`${metric} ${label}`) ?? [])].toSorted());
    }
  });

  it('has alerts on metrics, labels and values that there are', () => {
    const metrics = tableOf(page, 'metric').flatMap(([metric]) => codeIn(metric));
    const alerts = tableOf(page, 'alert on').flatMap(([expression]) => codeIn(expression));
    expect(alerts.length).toBeGreaterThan(20);
    for (const alert of alerts) {
      const named = [...alert.matchAll(/(meshrs_\w+)(?:\{([^}]*)\})?/g)];
      expect(named.length, alert).toBeGreaterThan(0);
      for (const [, metric = '', selector = ''] of named) {
        expect(metrics, alert).toContain(metric);
        for (const [, label, value] of selector.matchAll(/(\w+)!?="([^"]*)"/g)) {
          const of = documented.find((each) => each.metric === metric && each.label === label);
          expect(of, alert).toBeDefined();
          if (of && of.values.length > 0) expect(of.values, alert).toContain(value);
        }
      }
    }
  });
});

describe('the metrics of sessions', () => {
  it('show each one, without a word of the peer', () => {
    const text = sessionMetrics([session(1, { lastResetReason: 'boo"\n} 1', uptimeSeconds: 60 })]);
    expect(text).not.toContain('boo');
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'meshrs_session_established{address="10.0.0.1",kind="range-client"} 1',
      'meshrs_session_established_total{address="10.0.0.1",kind="range-client"} 2',
      'meshrs_session_dropped_total{address="10.0.0.1",kind="range-client"} 1',
      'meshrs_session_received_messages_total{address="10.0.0.1",kind="range-client"} 3',
      'meshrs_session_uptime_seconds{address="10.0.0.1",kind="range-client"} 60',
      'meshrs_session_received_prefixes{address="10.0.0.1",kind="range-client"} 5',
      'meshrs_session_sent_prefixes{address="10.0.0.1",kind="range-client"} 4',
      'meshrs_sessions_without_series 0',
      '',
    ]);
  });

  it('sum those that are too many, and keep the mesh and the declared clients', () => {
    const sessions = [
      ...Array.from({ length: sessionsWithSeries + 8 }, (_, index) => session(index)),
      session(60_000, { kind: 'declared-client', state: 'idle' }),
      session(60_001, { kind: 'mesh' }),
    ];
    const lines = sessionMetrics(sessions).split('\n');
    expect(lines).toContain('meshrs_sessions_without_series 10');
    expect(lines).toContain('meshrs_session_received_prefixes{address="others",kind="range-client"} 50');
    // The sum of what counts up would fall with each of them that leaves.
    expect(lines.filter((line) => line.includes('_total{address="others"'))).toEqual([]);
    expect(lines).toContain('meshrs_session_established{address="10.0.234.96",kind="declared-client"} 0');
    expect(lines).toContain('meshrs_session_established{address="10.0.234.97",kind="mesh"} 1');
    expect(lines.filter((line) => line.startsWith('meshrs_session_uptime_seconds{'))).toHaveLength(sessionsWithSeries);
    expect(lines.length).toBeLessThan(8 * (sessionsWithSeries + sessionKinds.length + 3));
  });
});

import { addressAt, rangeOf, type IpAddress } from '@meshrs/network';
import { address, asn, prefix } from '@meshrs/network/test-data';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionKinds, sessionStates } from '../sessions.ts';
import { columnsOf, createClientBook, notTold, sessionBits, sessionIn, type ClientColumns } from './client-columns.ts';
import { ClientsNotUnderstood, createClientsReader, toldByStatus } from './clients.ts';
import { writeClients } from './write-clients.ts';
import { parseAgentStatus, type AgentStatus, type BgpSession, type ToldSessions } from './status.ts';
import { servingStatus } from './status.test-data.ts';

const session = (at: string, change: Partial<BgpSession> = {}): BgpSession => ({
  ...{ address: address(at), kind: 'range-client', state: 'established', remoteAsn: asn(65001) },
  ...{ remoteRouterId: address('10.0.0.1'), uptimeSeconds: 60, establishedCount: 1, droppedCount: 0 },
  ...{ receivedMessages: 30, receivedPrefixes: 20, sentPrefixes: 40, endOfRib: { received: true, sent: true } },
  ...change,
});
const failure = { code: 'x', operation: 'read', message: 'bgpd is busy', retryable: true, causes: ['y'] };
const told = (...list: readonly BgpSession[]): ToldSessions => ({ kind: 'read', ageMs: 40, list, passedOver: [] });
const statusWith = (sessions: ToldSessions, change: Partial<AgentStatus> = {}): AgentStatus => ({
  ...servingStatus,
  sessions,
  ...change,
});
const textOf = (status: AgentStatus) => writeClients(status, () => 7).text;

function read(text: string, book = createClientBook(), piece = text.length) {
  const reader = createClientsReader(book);
  for (let from = 0; from < text.length; from += Math.max(1, piece))
    reader.push(text.slice(from, from + Math.max(1, piece)));
  return reader.end();
}
function whyNot(text: string): string {
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof ClientsNotUnderstood) return thrown.message;
    throw thrown;
  }
  return 'it was taken';
}
function inObjects(columns: ClientColumns) {
  return Array.from({ length: columns.count }, (_, index) => ({
    ...sessionIn(columns, index),
    ...{ state: columns.states[index], uptime: columns.uptimes[index], messages: columns.messages[index] },
  }));
}

const anyAddress = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((number) => at('0.0.0.0/0', number)),
  fc.bigInt(0n, 2n ** 128n - 1n).map((number) => at('::/0', number)),
);
const anySession: fc.Arbitrary<BgpSession> = fc
  .record({
    address: anyAddress,
    kind: fc.constantFrom(...sessionKinds),
    state: fc.constantFrom(...sessionStates),
    name: fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: undefined }),
    uptimeSeconds: fc.option(fc.integer({ min: 0, max: 2 ** 33 }), { nil: undefined }),
    receivedMessages: fc.integer({ min: 0, max: 2 ** 33 }),
    receivedPrefixes: fc.integer({ min: 0, max: 2 ** 33 }),
    remoteAsn: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 2 }), { nil: undefined }),
    isEndOfRib: fc.boolean(),
  })
  .map(({ address, name, uptimeSeconds, remoteAsn, isEndOfRib, ...others }) => ({
    ...others,
    ...{ address, establishedCount: 1, droppedCount: 0, sentPrefixes: 0 },
    ...(name !== undefined && { name }),
    ...(uptimeSeconds !== undefined && { uptimeSeconds }),
    ...(remoteAsn !== undefined && { remoteAsn: asn(remoteAsn) }),
    endOfRib: { received: isEndOfRib, sent: true },
  }));

const held = {
  id: 'drain-5000',
  until: '2026-11-22T00:02:00.000Z',
  waitsFor: [{ routerId: address('192.168.255.21'), id: 'settings-17' }],
  for: ['drain'],
} as const;

describe('GET /clients', () => {
  it('tells of clients what GET /status tells, however it is cut into pieces', () => {
    const list = fc.uniqueArray(anySession, { selector: ({ address }) => address, maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 200 }), (sessions, piece) => {
        const status = statusWith(told(...sessions));
        const book = createClientBook();
        const seen = read(textOf(status), book, piece);
        const expected = toldByStatus(book, parseAgentStatus(JSON.parse(JSON.stringify(status))));
        if (seen.clients.kind !== 'read' || expected.clients.kind !== 'read') throw new Error('it was not read');
        // A longer name than a topology can have is cut.
        const cut = inObjects(expected.clients.columns).map((each) =>
          each.name === undefined ? each : { ...each, name: expect.any(String) as string },
        );
        expect(inObjects(seen.clients.columns)).toEqual(cut);
        expect({ ...seen.clients, columns: 0 }).toEqual({ ...expected.clients, columns: 0 });
      }),
    );
  });

  it('tells the facts of the agent that a gate reads, and no more', () => {
    const status = statusWith(told(), {
      settings: {
        ...servingStatus.settings,
        refused: { revision: 'newer', at: servingStatus.agent.now, issueCount: 0, issues: [] },
      },
      fleet: { revision: 'f1ee', failure },
      engine: { ...servingStatus.engine, isApplied: false, failure },
      readiness: { isReady: false, since: servingStatus.agent.now, reasons: [{ kind: 'drained' }] },
      drain: {
        phase: 'undraining',
        cause: 'command',
        requestedBy: 'x',
        requestedAtMs: 1,
        requestedAt: '2026-11-22T13:15:13.000Z',
      },
      hold: {
        ...held,
        missing: { clients: [address('192.0.2.1')], clientCount: 1, why: 'it is alone' },
      },
    });
    expect(read(textOf(status))).toEqual({
      agent: {
        ...{ now: '2026-11-22T00:00:00.000Z', pod: 'routeserver-a-0', podRevision: '77aa' },
        ...{ address: '10.0.0.1', routerId: '192.168.255.11' },
      },
      settings: { revision: 'new', refused: { revision: 'newer' } },
      fleet: { revision: 'f1ee', failure },
      engine: { isConnected: true, since: '2026-11-21T00:00:00.000Z', forMs: 86_400_000, isApplied: false, failure },
      readiness: { isReady: false },
      drain: { phase: 'undraining', cause: 'command', requestedBy: 'x', requestedAt: '2026-11-22T13:15:13.000Z' },
      hold: held,
      clients: {
        ...{ kind: 'read', ageMs: 40, columns: expect.anything() as unknown, unchangedSeconds: 0 },
        ...{ passedOver: [], evicted: [] },
      },
    });
  });

  it.each<ToldSessions>([
    { kind: 'unreadable', failure },
    { kind: 'stale', ageMs: 9000, list: [session('192.0.2.1')], passedOver: [], failure },
  ])('says that the sessions are not known, and names none: %j', (sessions) => {
    const { clients } = read(textOf(statusWith(sessions)));
    const { kind } = sessions;
    expect(clients).toEqual(kind === 'stale' ? { kind, ageMs: 9000, failure } : { kind, failure });
  });

  it('has the revision of the fleet as a person may be shown it', () => {
    const fleet = { revision: '\u001b[2J\n%MAXPFXEXCEED' };
    const [head = ''] = textOf(statusWith(told())).split('\n');
    const forged = `${JSON.stringify({ ...(JSON.parse(head) as object), fleet })}\nend\n`;
    expect(read(forged).fleet).toEqual({ revision: '\uFFFD[2J\uFFFD%MAXPFXEXCEED' });
  });

  it('takes what only a newer agent says for what is not known', () => {
    const text = textOf(statusWith(told(session('192.0.2.1'))));
    const newer = (from: string, to: string) => read(text.replace(from, to));
    expect(newer('"serving"', '"meditating"').drain.phase).toBe('unknown');
    expect(newer('"formatVersion":1', '"formatVersion":1,"mood":"good"').clients.kind).toBe('read');
    const [head = ''] = textOf(statusWith({ kind: 'unreadable', failure })).split('\n');
    expect(read(`${head.replace('"unreadable"', '"dreamt"')}\nend\n`).clients).toEqual({ kind: 'unknown' });
  });

  it('names neighbors of which nothing more is known, those that may have a session first', () => {
    const passedOver = Array.from({ length: 80 }, (_, index) => ({
      neighbor: `eth${String(index)}`,
      why: `\n${'x'.repeat(5000)}é`,
      ...(index < 79 && { state: 'idle' as const }),
    }));
    const text = textOf(statusWith({ ...told(), passedOver } as ToldSessions));
    const { clients } = read(text);
    expect(text.length).toBeLessThan(100_000);
    expect(clients.kind === 'read' && clients.passedOver[0]?.neighbor).toBe('eth79');
    expect(clients.kind === 'read' && clients.passedOver).toHaveLength(50);
  });

  it('tells no session of an address that the engine tells twice, but that it did', () => {
    const twice = [session('192.0.2.1'), session('192.0.2.2'), session('192.0.2.1', { state: 'active' })];
    const { clients } = read(textOf(statusWith(told(...twice))));
    if (clients.kind !== 'read') throw new Error('it was not read');
    expect(inObjects(clients.columns).map(({ address }) => address)).toEqual(['192.0.2.2']);
    expect(clients.passedOver).toEqual([{ neighbor: '192.0.2.1', why: 'the engine tells of it twice' }]);
  });

  it('names whom it keeps out, apart from the sessions, as GET /status does', () => {
    const keptOut = session('192.0.2.9', { kind: 'evicted', state: 'shutdown' });
    const status = statusWith(told(session('192.0.2.1'), keptOut));
    const seen = read(textOf(status)).clients;
    expect(seen).toMatchObject({ kind: 'read', columns: { count: 1 }, evicted: ['192.0.2.9'] });
    expect(toldByStatus(createClientBook(), status).clients).toMatchObject({ evicted: ['192.0.2.9'] });
    // One of before does not tell: of nobody it is known.
    const [head = '', ...rest] = textOf(status).split('\n');
    const before = [head.replace(',"evicted":["192.0.2.9"]', ''), ...rest].join('\n');
    expect(before).not.toContain('evicted');
    expect(read(before).clients).toMatchObject({ kind: 'read', evicted: [] });
    expect(() => read(textOf(status).replace('["192.0.2.9"]', '["none"]'))).toThrow('sessions');
    const many = Array.from({ length: 3000 }, (_, index) =>
      session(`2001:db8:1111:2222:3333:4444:5555:${(index + 16).toString(16)}`, { kind: 'evicted' }),
    );
    const { clients } = read(textOf(statusWith(told(...many))));
    expect(clients.kind === 'read' && clients.evicted).toHaveLength(1000);
  });

  it('takes numbers that have no room in a column for the largest one', () => {
    const odd = session('192.0.2.1', { receivedMessages: 2 ** 50 });
    const { clients } = read(textOf(statusWith(told(odd))));
    expect(clients.kind === 'read' && inObjects(clients.columns)).toMatchObject([{ messages: notTold - 1 }]);
  });
});

describe('what another agent may write', () => {
  const text = textOf(statusWith(told(session('192.0.2.1'), session('2001:db8::1', { name: 'leaf 1' }))));
  const [head = '', first = '', second = ''] = text.split('\n');
  const withLine = (line: string) => [head, line, second, 'end', ''].join('\n');

  it('is what stands here', () => {
    expect([first, second]).toEqual(['192.0.2.1 ue 60 30 20 -', '2001:db8::1 ue 60 30 20 =leaf%201']);
    expect(whyNot(withLine(first))).toBe('it was taken');
  });

  it.each([
    ['leading zeros', '192.0.2.01 ue 60 30 20 -'],
    ['a number too large', '192.0.2.256 ue 60 30 20 -'],
    ['a part too few', '192.0.2 ue 60 30 20 -'],
    ['a part too many', '192.0.2.1.1 ue 60 30 20 -'],
    ['an empty part', '192..2.1 ue 60 30 20 -'],
    ['no address', 'eth0 ue 60 30 20 -'],
    ['an embedded IPv4', '::ffff:192.0.2.1 ue 60 30 20 -'],
    ['an IPv6 that is not canonical', '2001:DB8::2 ue 60 30 20 -'],
    ['another IPv6 that is not canonical', '2001:db8:0:0::2 ue 60 30 20 -'],
    ['a zone', 'fe80::1%eth0 ue 60 30 20 -'],
    ['another state', '192.0.2.1 xe 60 30 20 -'],
    ['a longer state', '192.0.2.1 uee 60 30 20 -'],
    ['no state', '192.0.2.1  60 30 20 -'],
    ['a negative number', '192.0.2.1 ue -60 30 20 -'],
    ['a fraction', '192.0.2.1 ue 60.5 30 20 -'],
    ['a number in another form', '192.0.2.1 ue 0x10 30 20 -'],
    ['a number with a zero before it', '192.0.2.1 ue 060 30 20 -'],
    ['a number too large for a column', '192.0.2.1 ue 60 4294967295 20 -'],
    ['prefixes that are not told', '192.0.2.1 ue 60 30 - -'],
    ['a name without its sign', '192.0.2.1 ue 60 30 20 leaf1'],
    ['an empty name', '192.0.2.1 ue 60 30 20 ='],
    ['a name of no text', '192.0.2.1 ue 60 30 20 =%ff'],
    ['a field too few', '192.0.2.1 ue 60 30 20'],
    ['a field too many', '192.0.2.1 ue 60 30 20 - -'],
    ['two spaces', '192.0.2.1 ue  60 30 20 -'],
    ['a tab', '192.0.2.1\tue 60 30 20 -'],
    ['a carriage return', '192.0.2.1 ue 60 30 20 -\r'],
    ['nothing', ''],
  ])('is refused as a whole: %s', (_, line) => {
    expect(whyNot(withLine(line))).toContain('session 1 of it is none: ');
  });

  it.each([
    ['an address twice', withLine(second), 'it tells 2001:db8::1 twice'],
    [
      'more sessions than announced',
      [head, first, second, '192.0.2.3 d- - - 0 -', 'end', ''].join('\n'),
      'more sessions',
    ],
    ['fewer sessions than announced', [head, first, 'end', ''].join('\n'), 'it announces 2 sessions and tells 1'],
    ['no end', [head, first, second, ''].join('\n'), 'it ends before its end'],
    ['half an end', [head, first, second, 'en'].join('\n'), 'it ends before its end'],
    ['something behind the end', `${text}${first}\n`, 'it goes on after its end'],
    ['half a line behind the end', `${text}x`, 'it ends before its end'],
    ['nothing', '', 'it ends before its end'],
    ['a status', JSON.stringify(servingStatus) + '\n', 'its format version is 2, and not 1'],
    ['another text', 'hello\n', 'its first line is no JSON'],
    ['lists in lists', '['.repeat(100_000) + '\n', 'its first line is no JSON'],
    ['a version that is a novel', `{"formatVersion":"${'x'.repeat(99_999)}"}\n`, 'its format version is undefined'],
    ['a head without an end', 'x'.repeat(300_000), 'a line of it has no end'],
    ['a head too long', `${' '.repeat(300_000)}\n`, 'its first line is too long'],
    ['a line without an end', `${head}\n${'1'.repeat(2000)}`, 'a line of it has no end'],
    ['a line too long', withLine('1'.repeat(2000)), 'a line of it is too long'],
    ['a count that is none', text.replace('"count":2', '"count":-2'), 'sessions'],
    ['a count without an end', text.replace('"count":2', '"count":20001'), 'it announces more than 20000 sessions'],
    ['a count that no number is', text.replace('"count":2', '"count":1e999'), 'sessions'],
    ['an address of its own that is none', text.replace('10.0.0.1', 'eth0'), 'agent.address'],
  ])('is refused as a whole: %s', (_, odd, words) => {
    const why = whyNot(odd);
    expect(why).toContain(words);
    expect(why.length).toBeLessThan(300);
  });

  it('is told in one line without control characters', () => {
    expect(whyNot(withLine('\u001b[2J\u0000 x'))).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
  });

  it('with one character changed is never a session more, and never another address twice', () => {
    const anyChange = fc.record({ at: fc.nat(text.length - 1), to: fc.string({ maxLength: 3, unit: 'binary' }) });
    fc.assert(
      fc.property(anyChange, ({ at, to }) => {
        let clients;
        try {
          ({ clients } = read(`${text.slice(0, at)}${to}${text.slice(at + 1)}`));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ClientsNotUnderstood);
          return;
        }
        if (clients.kind === 'read') expect(clients.columns.count).toBe(2);
      }),
      { numRuns: 500 },
    );
  });

  it('fills a book no further than it may be', () => {
    const book = { ...createClientBook(), isFull: () => true };
    expect(() => read(text, book)).toThrow('together with others');
  });
});

describe('a client that had a session a short time ago', () => {
  const gone = (at: string, forMs: number) => ({ address: address(at), sinceMs: 5000, forMs });
  const away = [gone('192.0.2.1', 6000), gone('192.0.2.2', 6000), gone('192.0.2.3', 6100)];
  const status = statusWith(told(session('192.0.2.1'), session('192.0.2.2', { state: 'active' })));

  it('is told as one that is down, with the time since then; who has a session is not away', () => {
    const { text } = writeClients(status, () => 7, away);
    expect(text.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^192\.0\.2\.1 ue /),
      expect.stringMatching(/^192\.0\.2\.2 de 6 /),
      '192.0.2.3 d- 7 - 0 -',
      'end',
      '',
    ]);
    const { clients } = read(text);
    if (clients.kind !== 'read') return expect.unreachable();
    expect([...clients.columns.states].map((state) => state & sessionBits.established)).toEqual([1, 0, 0]);
    expect([...clients.columns.uptimes].slice(1)).toEqual([6, 7]);
  });

  it('is in the columns of its own agent what it is in those of others', () => {
    const book = createClientBook();
    const list = [session('192.0.2.1'), session('192.0.2.2', { state: 'active' })];
    const { states, uptimes, rows } = columnsOf(book, list, away);
    expect([...rows].map((row) => book.addresses.addressOf(row))).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    expect([...states].map((state) => state & sessionBits.established)).toEqual([1, 0, 0]);
    expect([...uptimes].slice(1)).toEqual([6, 7]);
  });

  it('makes the answer another one when it goes, and not while it is away', () => {
    const at = (forMs: number) => writeClients(status, () => 7, [gone('192.0.2.3', forMs)]).stable;
    expect(at(9000)).toBe(at(1000));
    expect(at(1000)).not.toBe(writeClients(status, () => 7).stable);
  });
});

describe('what stays the same', () => {
  const stableOf = (status: AgentStatus, since = 7) => writeClients(status, () => since).stable;
  const one = session('192.0.2.1');
  const before = stableOf(statusWith(told(one)));

  it.each<[string, AgentStatus]>([
    ['uptime', statusWith(told({ ...one, uptimeSeconds: 90 }))],
    ['messages', statusWith(told({ ...one, receivedMessages: 31 }))],
    ['prefixes of a session with End-of-RIB', statusWith(told({ ...one, receivedPrefixes: 9 }))],
    ['the moment', statusWith(told(one), { agent: { ...servingStatus.agent, now: '2026-11-22T00:00:09.000Z' } })],
    ['the age', statusWith({ ...told(one), ageMs: 900 } as ToldSessions)],
    ['a session of the mesh', statusWith(told(one, session('192.0.2.9', { kind: 'mesh' })))],
    ['why it is not Ready', statusWith(told(one), { groups: [] })],
  ])('does not count: %s', (_, status) => {
    expect(stableOf(status)).toBe(before);
  });

  const without = session('192.0.2.1', { endOfRib: { received: false, sent: true } });
  it.each<[string, string]>([
    ['another session of the same client', stableOf(statusWith(told(one)), 8)],
    ['a client more', stableOf(statusWith(told(one, session('192.0.2.2'))))],
    ['a client less', stableOf(statusWith(told()))],
    ['another state', stableOf(statusWith(told({ ...one, state: 'active' })))],
    ['another name', stableOf(statusWith(told({ ...one, name: 'leaf' })))],
    ['End-of-RIB', stableOf(statusWith(told(without)))],
    ['another pod', stableOf(statusWith(told(one), { agent: { ...servingStatus.agent, pod: 'x' } }))],
    [
      'another address',
      stableOf(statusWith(told(one), { agent: { ...servingStatus.agent, address: address('10.0.0.9') } })),
    ],
    ['other settings', stableOf(statusWith(told(one), { settings: { ...servingStatus.settings, revision: 'x' } }))],
    ['other facts of the fleet', stableOf(statusWith(told(one), { fleet: { revision: 'x' } }))],
    [
      'a drain',
      stableOf(
        statusWith(told(one), {
          drain: {
            phase: 'undraining',
            cause: 'command',
            requestedBy: '',
            requestedAtMs: 0,
            requestedAt: '2026-11-22T13:15:13.000Z',
          },
        }),
      ),
    ],
    ['a hold', stableOf(statusWith(told(one), { hold: held }))],
    ['readiness', stableOf(statusWith(told(one), { readiness: { ...servingStatus.readiness, isReady: false } }))],
    ['what is applied', stableOf(statusWith(told(one), { engine: { ...servingStatus.engine, isApplied: false } }))],
    [
      'a neighbor that is odd',
      stableOf(statusWith({ ...told(one), passedOver: [{ neighbor: 'eth0', why: 'x' }] } as ToldSessions)),
    ],
    ['sessions that are not known', stableOf(statusWith({ kind: 'unreadable', failure }))],
  ])('counts: %s', (_, stable) => {
    expect(stable).not.toBe(before);
  });

  it('counts the prefixes of a session without End-of-RIB', () => {
    const more = { ...without, receivedPrefixes: 21 };
    expect(stableOf(statusWith(told(more)))).not.toBe(stableOf(statusWith(told(without))));
  });
});

describe('columns', () => {
  it('have no session of the mesh, and none that is kept out', () => {
    const list = sessionKinds.map((kind, index) => session(`192.0.2.${String(index + 1)}`, { kind }));
    const columns = columnsOf(createClientBook(), list);
    expect(inObjects(columns).map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.3', '192.0.2.5']);
  });

  it('have no session where there is none', () => {
    expect(() => sessionIn(columnsOf(createClientBook(), []), 0)).toThrow('There is no session 0.');
  });
});

function at(range: string, number: bigint): IpAddress {
  const found = addressAt(rangeOf(prefix(range)), number);
  if (found === undefined) throw new Error(`${range} has no address ${String(number)}`);
  return found;
}

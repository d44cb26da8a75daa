import {
  decideCopies,
  describeGap,
  describeNobodysPods,
  describeNotYet,
  describeObstacles,
  describeWarnings,
  describeFleetPassed,
  nothingRemembered,
  type CopyAnswer,
  type FleetGap,
  type GatePlace,
  type MarkGap,
  type MissingReason,
  type NobodysPod,
  type NotYet,
  type RollOutGap,
  type ShutGate,
  type SideGap,
  type SidesComparison,
  type UnknownClients,
} from '@meshrs/gate';
import { address } from '@meshrs/network/test-data';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { codeIn, patternOf, readDocument, tableOf } from '@meshrs/test-kit/document-tables';

/*
 * docs/operations.md says what each word of a gate's log means. A gate says each of its sentences here, one of each kind, and
 * each is in the table; what no gate says is not. A new kind is a type error in the tables below.
 */

const page = readDocument('docs/operations.md');
const place: GatePlace = { next: 'b', others: [{ name: 'a', statefulSets: ['routeserver-a'] }] };
const routeServer = 'routeserver-a-0';

const gaps = {
  'no-stateful-set': { kind: 'no-stateful-set', name: 'routeserver-a' },
  'no-settings': { kind: 'no-settings', configMap: 'routeserver-a-settings' },
  'not-observed': { kind: 'not-observed', name: 'routeserver-a' },
  'not-updated': { kind: 'not-updated', name: 'routeserver-a', count: 0, replicas: 1 },
  'not-ready': { kind: 'not-ready', name: 'routeserver-a', count: 0, replicas: 1 },
  'not-readable': { kind: 'not-readable', routeServer, why: 'no answer' },
  leaving: { kind: 'leaving', routeServer },
  'old-settings': { kind: 'old-settings', routeServer },
  'settings-refused': { kind: 'settings-refused', routeServer },
  'not-applied': { kind: 'not-applied', routeServer },
  'other-settings': { kind: 'other-settings', routeServer, revision: 'one', wanted: 'other' },
  'other-pod': { kind: 'other-pod', routeServer, revision: 'one', wanted: 'other' },
  unready: { kind: 'unready', routeServer },
  'just-started': { kind: 'just-started', routeServer, seconds: 7 },
} as const satisfies Record<RollOutGap['kind'], RollOutGap>;

const moreGaps: readonly RollOutGap[] = [
  { kind: 'not-applied', routeServer, waitsUntil: '2026-11-22T00:02:00.000Z' },
  { kind: 'other-pod', routeServer, revision: undefined, wanted: 'other' },
  { kind: 'just-started', routeServer, seconds: undefined },
];

const marks = {
  'settings-of-another-commit': { kind: 'settings-of-another-commit', configMap: 'routeserver-b-settings' },
  'settings-changed-since': { kind: 'settings-changed-since', configMap: 'routeserver-b-settings' },
  'no-route-server': { kind: 'no-route-server' },
} as const satisfies Record<Exclude<MarkGap['kind'], RollOutGap['kind']>, MarkGap>;

const reasons = {
  'no-session': { kind: 'no-session' },
  'not-readable': { kind: 'not-readable', routeServer, why: 'no answer' },
  leaving: { kind: 'leaving', routeServer },
  'not-heard': { kind: 'not-heard', routeServer },
  'without-routes': { kind: 'without-routes', routeServer, receivedPrefixes: 7, expectedPrefixes: 20 },
} as const satisfies Record<MissingReason['kind'], MissingReason>;

const fleet = { configMap: 'meshrr-evpnrs-fleet', wanted: 'other', routeServer };
const fleetGaps = {
  'no-object': { kind: 'no-object', configMap: fleet.configMap },
  other: { kind: 'other', ...fleet, revision: 'one' },
  refused: { kind: 'refused', ...fleet, why: 'a key is missing' },
  'not-told': { kind: 'not-told', ...fleet },
  'not-readable': { kind: 'not-readable', ...fleet, why: 'no answer' },
} as const satisfies Record<FleetGap['kind'], FleetGap>;

const unknown = {
  unreadable: { routeServer, kind: 'unreadable', why: 'no answer' },
  stale: { routeServer, kind: 'stale', why: 'its sessions were last read 60 s ago' },
  partial: { routeServer, kind: 'partial', why: 'its neighbor eth0: it has no address' },
} as const satisfies Record<UnknownClients['kind'], UnknownClients>;

const notYet = {
  shut: { kind: 'shut' },
  'first-look': { kind: 'first-look' },
  'too-early': { kind: 'too-early' },
  changed: { kind: 'changed' },
  repeated: { kind: 'repeated', routeServers: [routeServer] },
  'not-read-since': { kind: 'not-read-since', routeServers: [routeServer] },
} as const satisfies Record<NotYet['kind'], NotYet>;

const nobodys = {
  'no-side': { name: 'x', why: 'no-side' },
  'other-side': { name: 'x', why: 'other-side', side: 'z' },
  mislabelled: { name: 'x', why: 'mislabelled', side: 'a' },
  foreign: { name: 'x', why: 'foreign', side: 'a' },
} as const satisfies Record<NobodysPod['why'], NobodysPod>;

const copies = {
  holds: { kind: 'holds', resourceVersion: 'older' },
  unguarded: { kind: 'unguarded' },
  starting: { kind: 'starting' },
  'not-understood': { kind: 'not-understood', why: 'HTTP 500' },
  unreachable: { kind: 'unreachable', why: 'ECONNREFUSED' },
} as const satisfies Record<CopyAnswer['kind'], CopyAnswer>;

const orders: readonly SideGap['order'][] = ['earlier', 'next', 'later'];
const none: SidesComparison = {
  ...{ clientCount: 9, missing: [], more: new Map(), allowMissing: [], needlesslyAllowed: [], unreadable: [] },
  memory: nothingRemembered,
};
const clients = (count: number, reason: MissingReason) =>
  Array.from({ length: count }, (_, at) => ({ address: address(`192.0.2.${String(at)}`), routeServer, reason }));
const shut = (change: Partial<Omit<ShutGate, 'comparison'>>, comparison: Partial<SidesComparison> = {}): ShutGate => ({
  ...{ kind: 'shut', gaps: [], markGaps: [], fleetGaps: [] },
  ...change,
  comparison: { ...none, ...comparison },
});

/** One sentence of each kind. */
const obstacles: readonly string[] = [
  ...orders.flatMap((order) => describeObstacles(shut({ gaps: [{ side: 'a', order, gap: gaps.unready }] }), place)),
  ...describeObstacles(shut({ markGaps: [marks['no-route-server']] }), place),
  ...Object.values(fleetGaps).flatMap((gap) => describeObstacles(shut({ fleetGaps: [gap] }), place)),
  ...Object.values(unknown).flatMap((each) => describeObstacles(shut({}, { unreadable: [each] }), place)),
  ...Object.values(reasons).flatMap((reason) =>
    [1, 2].flatMap((count) => describeObstacles(shut({}, { missing: clients(count, reason) }), place)),
  ),
  ...Object.values(notYet).map(describeNotYet),
  ...Object.values(copies).flatMap((answer) =>
    [undefined, '10.0.0.1:6443'].flatMap((server) => {
      const fine: CopyAnswer = { kind: 'holds', resourceVersion: 'this' };
      const verdict = decideCopies({
        ...{ resourceVersion: 'this', msSinceStored: 0, anyServer: server === undefined ? answer : fine },
        servers: { kind: 'known', copies: server === undefined ? [] : [{ server, answer }] },
      });
      return verdict.kind === 'not-yet' ? verdict.obstacles : [];
    }),
  ),
];
const lacks: readonly string[] = [
  ...[...Object.values(gaps), ...moreGaps].map(describeGap),
  ...Object.values(marks).map((gap) => afterColon(describeObstacles(shut({ markGaps: [gap] }), place)[0] ?? '')),
];
const warnings: readonly string[] = [
  ...Object.values(reasons).flatMap((reason) => describeWarnings({ ...none, allowMissing: clients(1, reason) }, place)),
  ...describeWarnings({ ...none, needlesslyAllowed: [address('192.0.2.1')] }, place),
  ...describeNobodysPods(Object.values(nobodys)),
  ...Object.values(fleetGaps).flatMap((gap) => describeFleetPassed([gap], place)),
];

test.each([
  ['`obstacles`', obstacles],
  ['lacks', lacks],
  ['`warning`', warnings],
] as const)('the table of %s has all that a gate says, and nothing else', (head, sentences) => {
  const rows = rowsOf(head);
  expect(rows.length).toBeGreaterThan(2);
  const said = sentences.filter((each) => each !== '');
  expect(said.filter((sentence) => !rows.some((row) => says(sentence, row)))).toEqual([]);
  expect(rows.filter((row) => !said.some((sentence) => says(sentence, row)))).toEqual([]);
});

test('every event of the table is one of the log', () => {
  const events = tableOf(readDocument('docs/log-events.md'), 'event').flatMap(([event]) => codeIn(event));
  const named = rowsOf('event of a gate');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((event) => !events.includes(event))).toEqual([]);
});

test('every gate that the page reads the log of is a generated pod', () => {
  const generated = [
    ...['overlays/dci/a/gate.yaml', 'overlays/dci/b/gate.yaml', 'overlays/dci/removal-gate.yaml'],
    ...['base/dci/begin-turn.yaml', 'base/dci/close-turn.yaml'],
  ].map((file) => parse(readDocument(file)) as { kind: string; metadata: { name: string } });
  const names = generated.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(5);
  const named = [...page.matchAll(/kubectl -n meshrr logs (?:-f )?(\S*(?:gate|turn))(?: |$)/gm)].map(([, pod]) => pod);
  expect(named.toSorted()).toEqual(names.toSorted());
});

/** What stands before the first colon is the same for all. */
function afterColon(sentence: string): string {
  return sentence.slice(sentence.indexOf(': ') + 2);
}

/** The first cells of the table whose head is this, without the quotes of code. */
function rowsOf(head: string): readonly string[] {
  return tableOf(page, head).flatMap(([cell]) => codeIn(cell));
}

function says(sentence: string, row: string): boolean {
  return new RegExp(`^${patternOf(row)}$`).test(sentence);
}

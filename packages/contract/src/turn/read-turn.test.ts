import { expect, test } from 'vitest';
import { readTurn } from './read-turn.ts';
import { closedTurn, turnKind, turnName, turnPath } from './turn.ts';

const name = turnName({ app: 'meshrr-evpnrs', namespace: 'meshrr' });
const opened = {
  open: 'a',
  revision: '5f2c77aa01',
  until: '2026-11-27T08:00:00Z',
  by: 'system:serviceaccount:meshrr:meshrr-evpnrs-gate',
  reason: 'sync of meshrs-route-servers-dci',
  nodes: ['kube1', 'kube2'],
};

function turn(spec: unknown, more: object = {}): object {
  return { apiVersion: turnKind.apiVersion, kind: turnKind.kind, metadata: { name }, spec, ...more };
}

test('a turn has the name of its fleet, and no two fleets of a cluster the same one', () => {
  expect(name).toBe('meshrr-evpnrs.meshrr');
  expect(turnName({ app: 'a', namespace: 'b-c' })).not.toBe(turnName({ app: 'a-b', namespace: 'c' }));
  expect(turnPath(name)).toBe('/apis/meshrs.dev/v1/turns/meshrr-evpnrs.meshrr');
});

test('without a spec, as it stands in Git, a turn is closed', () => {
  expect(readTurn(name, turn(undefined))).toStrictEqual({ state: 'closed' });
});

test('who closed it is told', () => {
  expect(readTurn(name, turn(closedTurn('system:admin', 'done')))).toStrictEqual({
    state: 'closed',
    by: 'system:admin',
    reason: 'done',
  });
});

test('an open turn is read whole', () => {
  expect(readTurn(name, turn(opened))).toStrictEqual({ state: 'open', ...opened });
});

test('what a person wrote is one line, whatever stands in it', () => {
  const seen = readTurn(name, turn({ ...opened, reason: 'a\n\u001b[2Jb' }));
  expect(seen).toMatchObject({ state: 'open', reason: 'a\uFFFD\uFFFD[2Jb' });
});

test.each([
  ['nothing', undefined],
  ['a text', 'closed'],
  ['another kind', turn(undefined, { kind: 'Lease' })],
  ['another version', turn(undefined, { apiVersion: 'meshrs.dev/v2' })],
  ['no name', turn(undefined, { metadata: {} })],
  ['the turn of another fleet', turn(undefined, { metadata: { name: 'other.meshrr' } })],
  ['a spec that is null', turn(null)],
  ['an empty spec', turn({})],
  ['a spec that is a text', turn('a')],
  ['no side', turn({ ...opened, open: '' })],
  ['a side that no label can hold', turn({ ...opened, open: 'A b' })],
  ['two sides', turn({ ...opened, open: ['a', 'b'] })],
  ['no end', turn({ ...opened, until: undefined })],
  ['an end without a zone', turn({ ...opened, until: '2026-11-27T08:00:00' })],
  ['an end that is a number', turn({ ...opened, until: 1_764_230_400 })],
  ['nobody who wrote it', turn({ ...opened, by: undefined })],
  ['an empty name of who wrote it', turn({ ...opened, by: '' })],
  ['no reason', turn({ ...opened, reason: undefined })],
  ['a reason of a newspaper', turn({ ...opened, reason: 'x'.repeat(501) })],
  ['nodes that are a text', turn({ ...opened, nodes: 'kube1' })],
  ['a field that this version does not know', turn({ ...opened, onlyPods: true })],
])('%s is neither open nor closed', (_what, object) => {
  expect(readTurn(name, object)).toMatchObject({ state: 'unknown' });
});

test('why it could not be read is said', () => {
  expect(readTurn(name, turn({ ...opened, until: undefined }))).toStrictEqual({
    state: 'unknown',
    why: 'it opens a without until',
  });
  expect(readTurn(name, turn(undefined, { metadata: { name: 'other.meshrr' } }))).toStrictEqual({
    state: 'unknown',
    why: 'it is the turn other.meshrr',
  });
});

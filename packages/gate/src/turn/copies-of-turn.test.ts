import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideCopies, unseenServerMs, type CopiesView, type CopyAnswer } from './copies-of-turn.ts';

const holds = (resourceVersion = '7'): CopyAnswer => ({ kind: 'holds', resourceVersion });
const unreachable: CopyAnswer = { kind: 'unreachable', why: 'ECONNREFUSED' };
const decide = (answers: Readonly<Record<string, CopyAnswer>>, changes: Partial<CopiesView> = {}) =>
  decideCopies({
    resourceVersion: '7',
    anyServer: holds(),
    servers: { kind: 'known', copies: Object.entries(answers).map(([server, answer]) => ({ server, answer })) },
    msSinceStored: 0,
    ...changes,
  });

describe('a turn counts', () => {
  it('at once when every API server has it', () => {
    expect(decide({ '10.0.0.1:6443': holds(), '10.0.0.2:6443': holds() })).toEqual({ kind: 'everywhere', notes: [] });
  });

  it('at once where a cluster has one server, that of the Service', () => {
    expect(decide({})).toEqual({ kind: 'everywhere', notes: [] });
  });

  it.each<[string, CopyAnswer, string]>([
    ['has an older one', holds('6'), 'API server 10.0.0.2:6443, which still goes by an older turn'],
    ['has a newer one, of which the gate does not know', holds('8'), 'API server 10.0.0.2:6443, which still goes by'],
    ['asks nobody for it', { kind: 'unguarded' }, 'an admission policy on API server 10.0.0.2:6443: none asks there'],
    ['has just started', { kind: 'starting' }, 'API server 10.0.0.2:6443, which has just started and does not know'],
    [
      'answers something else',
      { kind: 'not-understood', why: 'status 403' },
      'an answer of API server 10.0.0.2:6443 about its copy of the turn that is understood (status 403)',
    ],
  ])('not while one %s, however long that lasts', (_, answer, words) => {
    for (const msSinceStored of [0, unseenServerMs, 3_600_000]) {
      expect(decide({ '10.0.0.1:6443': holds(), '10.0.0.2:6443': answer }, { msSinceStored })).toMatchObject({
        kind: 'not-yet',
        obstacles: [expect.stringContaining(words) as string],
      });
    }
  });

  it('after 5 s where one cannot be dialled, and says so', () => {
    const answers = { '10.0.0.1:6443': holds(), '10.0.0.2:6443': unreachable };
    expect(decide(answers, { msSinceStored: 4999 })).toEqual({
      kind: 'not-yet',
      obstacles: ['5 s for API server 10.0.0.2:6443 (ECONNREFUSED), which cannot be asked for its copy of the turn'],
    });
    expect(decide(answers, { msSinceStored: 5000 })).toEqual({
      kind: 'everywhere',
      notes: ['API server 10.0.0.2:6443 (ECONNREFUSED) could not be asked for its copy of the turn; it was given 5 s'],
    });
  });

  it('after 5 s where nobody says which servers there are, and says so', () => {
    const servers = { kind: 'unknown', why: 'status 403' } as const;
    expect(decide({}, { servers, msSinceStored: 0 })).toEqual({
      kind: 'not-yet',
      obstacles: ['5 s, since the addresses of the API servers are not known (status 403)'],
    });
    expect(decide({}, { servers, msSinceStored: 5000 })).toEqual({
      kind: 'everywhere',
      notes: ['The API servers could not be asked one by one (status 403); they were given 5 s'],
    });
  });

  it.each<[CopyAnswer, string]>([
    [unreachable, 'an answer of the API server (ECONNREFUSED)'],
    [{ kind: 'unguarded' }, 'an admission policy on the API server: none asks there for the turn'],
    [holds('6'), 'the API server, which still goes by an older turn'],
  ])('never by time alone: the server of the Service must have it', (anyServer, words) => {
    const seen = decide({ '10.0.0.1:6443': unreachable }, { anyServer, msSinceStored: 3_600_000 });
    expect(seen).toMatchObject({ kind: 'not-yet', obstacles: [expect.stringContaining(words) as string] });
  });

  it('is never everywhere while a server that was asked has another one or guards nothing', () => {
    const answer = fc.oneof(
      fc.constantFrom('6', '7', '8').map(holds),
      fc.constant<CopyAnswer>({ kind: 'unguarded' }),
      fc.constant<CopyAnswer>({ kind: 'starting' }),
      fc.constant<CopyAnswer>({ kind: 'not-understood', why: 'x' }),
      fc.constant(unreachable),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 6 }), answer, fc.nat(10_000), (answers, anyServer, msSinceStored) => {
        const copies = answers.map((each, index) => ({ server: String(index), answer: each }));
        const seen = decideCopies({
          ...{ resourceVersion: '7', anyServer, msSinceStored },
          servers: { kind: 'known', copies },
        });
        const isRight = (each: CopyAnswer) => each.kind === 'holds' && each.resourceVersion === '7';
        const mayCount = (each: CopyAnswer) => isRight(each) || (each.kind === 'unreachable' && msSinceStored >= 5000);
        expect(seen.kind === 'everywhere').toBe(isRight(anyServer) && answers.every(mayCount));
        // Whoever was not asked is named, and nobody else.
        const notes = seen.kind === 'everywhere' ? seen.notes.length : 0;
        const silent = answers.filter(({ kind }) => kind === 'unreachable').length;
        expect(notes).toBe(seen.kind === 'everywhere' ? silent : 0);
      }),
    );
  });
});

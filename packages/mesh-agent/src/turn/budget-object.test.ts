import { formatBudget, heldAnnotations, type BudgetIntent } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import type { ExchangeAnswer, ExchangeRequest } from '../sources/kubernetes/api-client.ts';
import { createBudgetObject } from './budget-object.ts';

/* What the API server's policies make of it; all else is tried on a real one (test/live/gate-turn.test.ts). */

const ofBefore: BudgetIntent = { name: 'meshrr-evpnrs', field: 'minAvailable', value: '75%', heldSeconds: 420 };
const ofNow: BudgetIntent = { ...ofBefore, value: '50%' };
const denied =
  "poddisruptionbudgets.policy \"meshrr-evpnrs\" is forbidden: ValidatingAdmissionPolicy 'budget.x' with binding 'budget.x' denied request: PodDisruptionBudget meshrr-evpnrs cannot be changed by x: no side is open.";

const at = '2026-03-01T10:00:00.000Z';

/** A budget that a gate of a commit before holds; it takes `taken` alone. */
function heldBudget(annotation: string, taken: readonly string[]) {
  const written: unknown[] = [];
  const exchange = ({ method, body }: ExchangeRequest): Promise<ExchangeAnswer> => {
    const object = {
      metadata: { resourceVersion: '7', annotations: { 'meshrs.dev/held': annotation, [heldAnnotations.at]: at } },
      spec: { minAvailable: '100%' },
    };
    if (method === 'GET') return Promise.resolve({ status: 200, value: object, dateMs: 0 });
    const { spec } = body as { readonly spec: { readonly minAvailable: string } };
    written.push(spec.minAvailable);
    return Promise.resolve(
      taken.includes(spec.minAvailable)
        ? { status: 200, value: object, dateMs: 0 }
        : { status: 403, value: { message: denied }, dateMs: 0 },
    );
  };
  return { client: { exchange }, written };
}

describe('a budget that is given back', () => {
  const signal = new AbortController().signal;

  it.each([
    ['what it allowed before', formatBudget(ofBefore), ['75%', '50%'], ['75%']],
    ['what this commit says, where the policies take nothing else', formatBudget(ofBefore), ['50%'], ['75%', '50%']],
    ['what this commit says, where it does not tell', '', ['50%'], ['50%']],
    ['what this commit says, where it tells of another budget', 'x:minAvailable=10%@420', ['10%', '50%'], ['50%']],
  ])('allows %s', async (_, annotation, taken, expected) => {
    const { client, written } = heldBudget(annotation, taken);
    expect(await createBudgetObject(client, 'meshrr', ofNow).release({ at }, signal)).toBe(true);
    expect(written).toEqual(expected);
  });

  it.each([
    ['another gate has held it since', '2026-03-01T10:00:07.000Z'],
    ['nobody held it then', undefined],
  ])('stays where %s', async (_, before) => {
    const { client, written } = heldBudget(formatBudget(ofBefore), ['75%', '50%']);
    expect(await createBudgetObject(client, 'meshrr', ofNow).release({ at: before }, signal)).toBe(false);
    expect(written).toEqual([]);
  });

  it('stays where another gate has held it in the same second of the API server', async () => {
    const names = ['first', 'second'];
    const at = Date.parse('2026-03-01T10:00:00Z');
    let object = { metadata: { resourceVersion: '1', annotations: {} }, spec: { minAvailable: '75%' } };
    const exchange = ({ method, body }: ExchangeRequest): Promise<ExchangeAnswer> => {
      // A merge patch of all that is in it; null takes away.
      const withoutNull = (_: string, value: unknown) => (value === null ? undefined : value);
      if (method !== 'GET') object = JSON.parse(JSON.stringify(body, withoutNull)) as typeof object;
      return Promise.resolve({ status: 200, value: structuredClone(object), dateMs: at });
    };
    const budget = createBudgetObject({ exchange }, 'meshrr', ofBefore, () => names.shift() ?? 'none');
    const one = await budget.hold(signal);
    const other = await budget.hold(signal);
    if (one.kind !== 'held' || other.kind !== 'held') return expect.unreachable('it is as generated');
    expect([one, other].map(({ hold, before }) => [hold.at, before])).toEqual([
      ['2026-03-01T10:00:00.000Z first', undefined],
      ['2026-03-01T10:00:00.000Z second', one.hold],
    ]);
    expect(await budget.release(one.hold, signal)).toBe(false);
    expect(object.spec.minAvailable).toBe('100%');
    expect(await budget.release(other.hold, signal)).toBe(true);
    expect(object.spec.minAvailable).toBe('75%');
    // By itself it gives each another name.
    const plain = createBudgetObject({ exchange }, 'meshrr', ofBefore);
    const holds = await Promise.all([plain.hold(signal), plain.hold(signal), plain.hold(signal)]);
    expect(new Set(holds.map((each) => each.kind === 'held' && each.hold.at)).size).toBe(3);
  });

  it('says so where nothing is taken', async () => {
    const { client, written } = heldBudget(formatBudget(ofBefore), []);
    await expect(createBudgetObject(client, 'meshrr', ofNow).release({ at }, signal)).rejects.toThrow(
      'no side is open',
    );
    expect(written).toEqual(['75%', '50%']);
  });

  it('is not guessed at by an agent, which knows its name alone', async () => {
    const { client, written } = heldBudget(formatBudget(ofBefore), ['50%']);
    await expect(createBudgetObject(client, 'meshrr', { name: ofNow.name }).release({ at }, signal)).rejects.toThrow();
    expect(written).toEqual(['75%']);
  });
});

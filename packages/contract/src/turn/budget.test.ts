import { expect, test } from 'vitest';
import { fleetOfTurn, turnName } from './turn.ts';
import { budgetValue, formatBudget, noDisruption, parseBudget, type BudgetIntent } from './budget.ts';

test.each<BudgetIntent>([
  { name: 'meshrr-evpnrs', field: 'minAvailable', value: '50%', heldSeconds: 420 },
  { name: 'meshrr-evpnrs', field: 'maxUnavailable', value: '1', heldSeconds: 86_520 },
])('what is written of a budget is read back: %j', (intent) => {
  expect(parseBudget(formatBudget(intent))).toStrictEqual(intent);
});

test.each([
  '',
  'x',
  'x:minAvailable=50%',
  'x:minAvailable=half@1',
  'x:replicas=1@1',
  ':minAvailable=1@1',
  'x:minAvailable=-1@1',
])('"%s" is no budget', (text) => {
  expect(parseBudget(text)).toBeUndefined();
});

test('a value stands in the object as Kubernetes has it', () => {
  expect([budgetValue('50%'), budgetValue('1')]).toStrictEqual(['50%', 1]);
  expect([noDisruption('minAvailable'), noDisruption('maxUnavailable')]).toStrictEqual(['100%', 0]);
});

test('the fleet of a turn is told by its name', () => {
  const fleet = { app: 'mesh.rr', namespace: 'meshrr' };
  expect(fleetOfTurn(turnName(fleet))).toStrictEqual(fleet);
  expect(['', 'x', '.x', 'x.'].map(fleetOfTurn)).toStrictEqual([undefined, undefined, undefined, undefined]);
});

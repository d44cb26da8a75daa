import { expect, it } from 'vitest';
import { allChecks } from '../packages/lab/src/checks/all-checks.ts';
import { gitopsChecks } from '../packages/lab/src/checks/gitops/all-gitops-checks.ts';
import { labSuites } from './lab-suites.ts';
import { testsOf } from './suite.ts';

const suites = labSuites('/repository', '/scratch');
const proving = suites.filter(({ provesLab }) => provesLab);
const checksOf = ({ args }: (typeof suites)[number]): readonly string[] => args.slice(3, args.indexOf('--junit'));

it('names checks that there are, and tells how many', () => {
  const known = [...allChecks, ...gitopsChecks].map(({ name }) => name);
  for (const suite of proving) {
    expect(known).toEqual(expect.arrayContaining([...checksOf(suite)]));
    expect(testsOf(suite)).toBe(checksOf(suite).length);
  }
});

it('leaves no check out', () => {
  expect(new Set(proving.flatMap(checksOf))).toEqual(new Set([...allChecks, ...gitopsChecks].map(({ name }) => name)));
});

it('begins nothing of a lab that there is no time for', () => {
  const limits = new Map(suites.map(({ name, minutes }) => [name, minutes]));
  for (const { name, needs } of suites) {
    expect(limits.get(name) ?? (needs === undefined ? undefined : limits.get(needs))).toBeGreaterThan(0);
  }
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readinessReasons } from '@meshrs/contract';
import { expect, it } from 'vitest';
import { logEvents } from './events.ts';
import { logEventsPage } from './events-page.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/log-events.md'), 'utf8');

it('is what the tables make, with a row of one line for each event and each reason', () => {
  expect(page).toBe(logEventsPage());
  for (const [name, words] of Object.entries({ ...logEvents, ...readinessReasons })) {
    expect(page.split('\n').filter((line) => line === `| \`${name}\` | ${words} |`)).toHaveLength(1);
    expect(words).not.toMatch(/[|\n]/);
  }
});

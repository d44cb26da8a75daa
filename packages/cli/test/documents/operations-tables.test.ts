import { drainPhases } from '@meshrs/contract';
import { expect, test } from 'vitest';
import { codeIn, readDocument, tableOf } from '@meshrs/test-kit/document-tables';

const page = readDocument('docs/operations.md');
const events = tableOf(readDocument('docs/log-events.md'), 'event').flatMap(([event]) => codeIn(event));

test('the phases of a drain are all in the table, in their order', () => {
  expect(tableOf(page, 'phase').flatMap(([phase]) => codeIn(phase))).toEqual(drainPhases);
});

test('every event and metric by which somebody sees what hangs or is refused is there', () => {
  const rows = tableOf(page, 'what it is');
  expect(rows.length).toBeGreaterThan(5);
  const metrics = tableOf(page, 'metric').flatMap(([metric]) => codeIn(metric));
  for (const [what, , ofMetrics, ofLog] of rows) {
    expect(
      codeIn(ofLog).filter((event) => !events.includes(event)),
      what,
    ).toEqual([]);
    const named = codeIn(ofMetrics).map((metric) => metric.replace(/[{ ].*/, ''));
    expect(
      named.filter((metric) => !metrics.includes(metric)),
      what,
    ).toEqual([]);
  }
});

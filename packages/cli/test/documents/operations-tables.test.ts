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

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

const headings = [...page.matchAll(/^#{2,4} (.+)$/gm)].map(([, heading = '']) => heading);

test('every place of the page that it points to is there', () => {
  const anchors = headings.map(anchorOf);
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = '']) => anchor);
  expect(links.length).toBeGreaterThan(15);
  expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
});

test('every section of the page that it names is there', () => {
  // What others say stands in quotes, too.
  const words = ['Pod was active on the node longer than the specified deadline', 'Message'];
  const leads = [...page.matchAll(/\*\*([^*]+?)[.:]?\*\*/g)].map(([, lead = '']) => lead.replaceAll(/\n\s*/g, ' '));
  const text = page.replaceAll(/```[^]*?```/g, '').replaceAll(/\n\s*/g, ' ');
  const named = [...text.matchAll(/"([A-Z][^"`]{5,60})"/g)].map(([, name = '']) => name.replace(/[.,]$/, ''));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => ![...headings, ...leads, ...words].includes(name))).toEqual([]);
});

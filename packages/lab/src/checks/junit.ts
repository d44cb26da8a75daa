import type { LabCheckReport } from './run-check.ts';

/** The reports in the form that CI systems read (JUnit's XML). */
export function junit(suite: string, reports: readonly LabCheckReport[]): string {
  const count = (verdict: LabCheckReport['verdict']): string =>
    String(reports.filter((report) => report.verdict === verdict).length);
  const seconds = reports.reduce((sum, report) => sum + report.seconds, 0).toFixed(3);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="${escape(suite)}" tests="${String(reports.length)}" failures="${count('failed')}" errors="0" skipped="${count('not-proven')}" time="${seconds}">
${reports.map((report) => testCase(suite, report)).join('\n')}
</testsuite>
`;
}

function testCase(suite: string, report: LabCheckReport): string {
  const { check, verdict, seconds, facts, notProven, reason = '' } = report;
  const output = [...facts, ...notProven.map((fact) => `NOT PROVEN: ${fact}`)].join('\n');
  return [
    `  <testcase classname="${escape(suite)}" name="${escape(check.name)}" time="${seconds.toFixed(3)}">`,
    ...(verdict === 'failed' ? [`    <failure message="${escape(reason)}"/>`] : []),
    ...(verdict === 'not-proven' ? [`    <skipped message="${escape(notProven.join('; '))}"/>`] : []),
    ...(output === '' ? [] : [`    <system-out>${escape(output)}</system-out>`]),
    '  </testcase>',
  ].join('\n');
}

function escape(text: string): string {
  // XML 1.0 knows no control character but tab and line end (\p{Cc} is all of them).
  return text
    .replace(/\p{Cc}/gu, (character) => (character === '\t' || character === '\n' ? character : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}

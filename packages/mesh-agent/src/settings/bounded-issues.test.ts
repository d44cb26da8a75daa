import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address } from '@meshrs/network/test-data';
import { expect, it, onTestFinished } from 'vitest';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import { createLog } from '../log/log.ts';
import { boundedIssues, moreIssues } from './bounded-issues.ts';
import { readSettingsFile } from './read-settings-file.ts';
import { createSettingsKeeper } from './settings-in-force.ts';

const right = settingsText({ source: staticSource('203.0.113.1') });
const list = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, at) => text(at));

it.each<[string, string]>([
  [
    'thousands of wrong addresses',
    settingsText({ source: staticSource(...list(5000, (at) => `203.0.113.${String(at)}x`)) }),
  ],
  ['thousands of unknown keys', `${right}${list(5000, (at) => `key-${String(at)}: 1\n`).join('')}`],
  ['one key of a megabyte', `${right}${'k'.repeat(1_000_000)}: 1\n`],
  ['one value of a megabyte', settingsText({ source: staticSource('9'.repeat(1_000_000)) })],
  ['a deep value', `${right}deep: ${'['.repeat(500)}${']'.repeat(500)}\n`],
])('what is kept, shown and logged of a wrong settings file is bounded: %s', async (_, text) => {
  const folder = await mkdtemp(join(tmpdir(), 'meshrs-issues-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'meshrr.conf.yml');
  await writeFile(file, right);
  const start = await readSettingsFile(file);
  if (!start.ok) return expect.unreachable('the settings are right');
  const lines: string[] = [];
  const keeper = createSettingsKeeper({
    start: { ...start, identity: { name: 'rs-a-0', routerId: address('192.0.2.101') } },
    file,
    log: createLog({ write: (line) => lines.push(line), secrets: [], base: {} }),
    now: () => 0,
    onTaken: () => expect.unreachable('nothing is taken'),
    onRead: () => undefined,
  });

  await writeFile(file, text);
  keeper.take(await readSettingsFile(file));

  const { refused } = keeper.state();
  expect(refused?.issues.length).toBeGreaterThan(0);
  expect(refused?.issues.length).toBeLessThanOrEqual(20);
  expect(JSON.stringify(refused).length).toBeLessThan(64 * 1024);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(64 * 1024);
});

it('how many issues there are is told with the first of them', () => {
  const issue = {
    severity: 'error',
    code: 'wrong-type',
    file: 'f',
    line: 1,
    column: 1,
    path: [],
    message: 'm',
    hint: 'h',
  } as const;
  const many = boundedIssues(list(21, String).map((message) => ({ ...issue, message })));
  expect(many).toMatchObject({ issueCount: 21 });
  expect(many.issues.map(({ message }) => message)).toEqual(list(20, String));
  expect(moreIssues(many)).toBe('20 of 21 issues are shown.');
  const hundreds = [...list(100, String).map((message) => ({ ...issue, message })), { ...issue, untold: 400 }];
  expect(boundedIssues(hundreds)).toEqual({ issues: hundreds.slice(0, 20), issueCount: 500 });
  expect(moreIssues(boundedIssues(hundreds))).toBe('20 of 500 issues are shown.');
  expect(boundedIssues([issue])).toEqual({ issues: [issue], issueCount: 1 });
  expect(moreIssues(boundedIssues([issue]))).toBe('');
});

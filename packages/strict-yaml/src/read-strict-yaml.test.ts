import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compareIssues, formatIssue, formatPath } from './issue.ts';
import { readStrictYaml } from './read-strict-yaml.ts';

const schema = z.strictObject({
  name: z.string().meta({ example: 'one' }),
  count: z.int().min(1).max(9).default(1),
  parts: z
    .record(z.string(), z.strictObject({ kind: z.enum(['left', 'right']), tags: z.array(z.string()).default([]) }))
    .default({}),
});

const lines = (count: number, line: (index: string) => string) =>
  `${Array.from({ length: count }, (_, index) => line(String(index))).join('\n')}\n`;

const issuesOf = (text: string): string[] => {
  const read = readStrictYaml('f.yaml', text, schema);
  return read.ok
    ? []
    : read.issues.map(
        ({ code, line, column, path }) => `${String(line)}:${String(column)} ${code} ${formatPath(path)}`,
      );
};

describe('reading strictly', () => {
  it('gives the value with its defaults', () => {
    const read = readStrictYaml('f.yaml', 'name: one\n', schema);
    expect(read.ok && read.value).toEqual({ name: 'one', count: 1, parts: {} });
  });

  it('finds all problems in one run, each at its value', () => {
    expect(issuesOf('name: one\ncount: 10\nparts:\n  x: { kind: lefft }\n  y: { kind: left, tag: [] }\n')).toEqual([
      '2:8 out-of-range count',
      '4:14 unknown-value parts.x.kind',
      '5:20 unknown-key parts.y.tag',
    ]);
  });

  it.each([
    ['name: 012', 'unquoted'],
    ['name: 0x1f', 'unquoted'],
    ['name: 1e3', 'unquoted'],
    ['name: true', 'unquoted'],
    ['name: .inf', 'unquoted'],
    ['name: [one]', 'wrong-type'],
    ['name: ~', 'missing-key'],
    ['name:', 'missing-key'],
    ['name: &a one', ''],
    ['name: "one"\nname: two', 'yaml-duplicate-key'],
    ['name: &a one\nparts: *a', 'yaml-alias'],
    ['<<: {name: one}', 'unknown-key'],
    ['name: !!str 1', 'yaml-tag'],
    ['name: one\n---\nname: two', 'yaml-several-documents'],
    ['name: "one', 'yaml-syntax'],
    ['\tname: one', 'yaml-syntax'],
  ])('%j is %s', (text, code) => {
    expect(issuesOf(text).join()).toContain(code);
    expect(issuesOf(text)).toHaveLength(code === '' ? 0 : issuesOf(text).length || 1);
  });

  it('takes yes, no and off as the texts that YAML 1.2 makes of them', () => {
    const read = readStrictYaml('f.yaml', 'name: no\n', schema);
    expect(read.ok && read.value.name).toBe('no');
  });

  it('keeps the rest of the file readable for further checks', () => {
    const read = readStrictYaml(
      'f.yaml',
      'nam: one\ncount: 99\nparts: { x: { kind: up }, y: { kind: left } }\n',
      schema,
    );
    if (read.ok) return expect.unreachable();
    expect(read.rest?.value).toEqual({
      name: 'one',
      count: 1,
      parts: { x: { kind: 'left', tags: [] }, y: { kind: 'left', tags: [] } },
    });
    expect(read.rest?.removed).toEqual([]);
  });

  it('reads Windows line ends and a byte order mark', () => {
    expect(readStrictYaml('f.yaml', '\uFEFFname: one\r\ncount: 2\r\n', schema).ok).toBe(true);
  });

  it.each<[string, (count: number) => string]>([
    ['unknown keys', (count) => `name: one\n${lines(count, (at) => `k${at}: v`)}`],
    ['aliases', (count) => `name: one\nparts:\n${lines(count, (at) => ` k${at}: *a`)}`],
    ['tags', (count) => `name: one\nparts:\n${lines(count, (at) => ` k${at}: !x y`)}`],
    ['one key again and again', (count) => `name: one\n${lines(count, () => 'name: one')}`],
    ['keys that are lists', (count) => `name: one\n${lines(count, (at) => `? [${at}]\n: v`)}`],
    ['wrong values', (count) => `name: one\nparts:\n${lines(count, (at) => ` k${at}: v`)}`],
    ['misspelt keys that are missing, too', (count) => `nam: one\nparts:\n${lines(count - 1, (at) => ` k${at}: v`)}`],
  ])('tells a hundred problems, and how many more there are: %s', (name, text) => {
    const read = (count: number) => {
      const result = readStrictYaml('f.yaml', text(count), schema);
      return result.ok ? [] : result.issues;
    };
    expect(read(99).filter(({ code }) => code === 'more-issues')).toEqual([]);
    const many = read(130);
    const last = many.at(-1);
    // A key that is missing because it is misspelt counts once, and as two where not all are looked at.
    const isMisspelt = name.startsWith('misspelt');
    expect(last).toMatchObject({ code: 'more-issues', untold: isMisspelt ? 31 : 30 });
    expect(last?.message).toBe(`There are ${isMisspelt ? '31' : '30'} more problems in this file, which are not told.`);
    expect(many.filter(({ code }) => code !== 'more-issues').length).toBeLessThanOrEqual(100);
    expect([...many].sort(compareIssues).at(-1)).toBe(last);
  });

  it('tells that there is one more', () => {
    const read = readStrictYaml('f.yaml', `name: one\n${lines(101, (at) => `k${at}: v`)}`, schema);
    expect(read.ok ? '' : read.issues.at(-1)?.message).toBe('There is 1 more problem in this file, which is not told.');
  });

  it('writes an issue with place, value, limits and next step', () => {
    const read = readStrictYaml('f.yaml', 'name: one\ncuont: 2\n', schema);
    expect(read.ok ? [] : read.issues.map(formatIssue)).toEqual([
      [
        'f.yaml:2:1: error unknown-key at cuont',
        '  There is no key "cuont" here; did you mean "count"?',
        '  seen:    cuont',
        '  allowed: name, count, parts',
        '  do:      write count',
      ].join('\n'),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { compareIssues, formatIssue, formatPath, type Issue } from './issue.ts';

describe('paths', () => {
  it.each<[path: (string | number)[], text: string]>([
    [['nodes', 'meshrr-kube1', 'links', 0, 'router'], 'nodes.meshrr-kube1.links[0].router'],
    [['clients', 'a b'], 'clients["a b"]'],
    [['nodes', 'kube1.example.com', 'side'], 'nodes["kube1.example.com"].side'],
    [['a b', 'c'], '["a b"].c'],
    [['a"b'], '["a\\"b"]'],
    [['with space '], '["with space "]'],
    [[' space'], '[" space"]'],
    [['x', ''], 'x[""]'],
    [[3, 'x_Y9'], '[3].x_Y9'],
    [[], '(file)'],
  ])('%j is written as %s', (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

const issue: Issue = {
  file: 'f.yaml',
  line: 2,
  column: 5,
  severity: 'error',
  code: 'unknown-key',
  path: ['b'],
  message: 'There is no such key.',
  hint: 'remove it',
};

describe('an issue as text', () => {
  it('has a line for each thing that is known', () => {
    expect(formatIssue({ ...issue, seen: 'b', allowed: 'a' })).toBe(
      'f.yaml:2:5: error unknown-key at b\n  There is no such key.\n  seen:    b\n  allowed: a\n  do:      remove it',
    );
  });

  it('has no line for what is not known', () => {
    expect(formatIssue({ ...issue, severity: 'warning', path: [] })).toBe(
      'f.yaml:2:5: warning unknown-key at (file)\n  There is no such key.\n  do:      remove it',
    );
  });
});

describe('the order of issues', () => {
  // Each comes before the next one, though all that counts less says the contrary.
  const ordered: Issue[] = [
    { ...issue, file: 'a.yaml', line: 9, column: 9, code: 'z', path: ['z'] },
    { ...issue, line: 1, column: 8, code: 'y', path: ['y'] },
    { ...issue, line: 10, column: 2, code: 'x', path: ['x'] },
    { ...issue, line: 10, column: 11, code: 'a', path: ['w'] },
    { ...issue, line: 10, column: 11, code: 'b', path: ['a'] },
    { ...issue, line: 10, column: 11, code: 'b', path: ['b'] },
  ];

  it('is file, line, column, code, path, from whichever order they come', () => {
    expect([...ordered].reverse().sort(compareIssues)).toEqual(ordered);
    expect([...ordered].sort(compareIssues)).toEqual(ordered);
  });

  it('tells no difference between an issue and itself', () => {
    expect(compareIssues(issue, { ...issue })).toBe(0);
  });
});

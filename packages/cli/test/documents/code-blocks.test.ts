import { expect, test } from 'vitest';
import { codeBlocks, isCommands, meshrsLines } from './code-blocks.ts';
import { runMeshrs } from '../run-meshrs.ts';

const documents = ['README.md', 'docs/operations.md', 'CONTRIBUTING.md', 'docs/errors.md', 'docs/glossary.md'];

test.each(documents)('every command line of meshrs in %s is one that meshrs takes', async (file) => {
  const lines = meshrsLines(file);
  const wrong: string[] = [];
  for (const { line, words } of lines) {
    const [first = '', second = ''] = words;
    const command = first === 'lab' ? [first, second] : [first];
    // What follows is another program's.
    const own = second === 'exec' ? [] : words;
    const { exitCode, out } = await runMeshrs('.', ...command, '--help');
    const flags = own.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split('=')[0] ?? word);
    const unknown =
      exitCode === 0 ? flags.filter((flag) => !new RegExp(`(^|[ ,])${flag}[ ,]`, 'm').test(out)) : command;
    if (unknown.length > 0) wrong.push(`${file}:${String(line)}: ${words.join(' ')}: ${unknown.join(' ')}`);
  }
  expect(wrong).toEqual([]);
});

test('the blocks of a document: indented commands, and YAML between fences', () => {
  const blocks = codeBlocks('docs/operations.md');
  expect(blocks.filter(isCommands).length).toBeGreaterThan(15);
  expect(blocks.filter(({ kind }) => kind === 'yaml').map(({ text }) => text.split('\n')[0])).toContain(
    '# meshrs preflight',
  );
});

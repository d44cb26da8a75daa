import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..');

/** Types that a file exports, by name with the files. */
function exportedTypes(texts: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const found = [...texts].flatMap(([file, text]) =>
    [...text.matchAll(/^export (?:interface|type|class|abstract class) (\w+)/gm)].map(([, name = '']) => ({
      name,
      file,
    })),
  );
  return new Map([...Map.groupBy(found, ({ name }) => name)].map(([name, all]) => [name, all.map(({ file }) => file)]));
}

/** "Name: file, file" for each name that stands for several things. */
function ambiguous(texts: ReadonlyMap<string, string>): string[] {
  return [...exportedTypes(texts)]
    .filter(([, files]) => files.length > 1)
    .map(([name, files]) => `${name}: ${files.join(', ')}`);
}

it('a public type has one meaning in the whole workspace', () => {
  const files = globSync('packages/*/{src,image}/**/*.ts', { cwd: repository }).filter(
    (file) => !file.includes('.test'),
  );
  const texts = new Map(files.sort().map((file) => [file, readFileSync(join(repository, file), 'utf8')]));

  expect(ambiguous(texts)).toEqual([]);
});

it('a name that stands for two things is found', () => {
  const texts = new Map([
    ['a.ts', 'export interface Look {}\nexport type Other = string;\n'],
    ['b.ts', 'export type Look = number;\n'],
  ]);

  expect(ambiguous(texts)).toEqual(['Look: a.ts, b.ts']);
});

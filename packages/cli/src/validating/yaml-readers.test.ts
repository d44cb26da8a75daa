import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeYaml } from '@meshrs/manifests';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';
import { tools } from '../../test/support/scratch-repository.ts';
import { runTool } from '../tools/run-tool.ts';

/** Texts that some reader of YAML takes for something else. */
const hostile = [
  ...['y', 'Y', 'n', 'no', 'NO', 'yes', 'on', 'Off', 'true', 'False', 'null', 'Null', '~', ''],
  ...[
    '0',
    '012',
    '0o14',
    '0x10',
    '0b1',
    '1_000',
    '+1',
    '-1',
    '1e3',
    '1e+3',
    '.5',
    '5.',
    '.inf',
    '-.INF',
    '.nan',
    'NaN',
    'inf',
  ],
  ...['1:30', '190:20:30', '2001-01-01', '2001-12-14t21:59:43.10-05:00', '65000.10', '192.168.255.1', '1.2.3'],
  ...[
    '<<',
    '=',
    '!tag',
    '!!str a',
    '&anchor',
    '*alias',
    '%directive',
    '@at',
    '`tick',
    '- a',
    '-',
    '?',
    '? a',
    ':',
    ': a',
  ],
  ...[
    'a: b',
    'a:',
    ':a',
    'a #b',
    '#a',
    '{',
    '{a: b}',
    '}',
    '[',
    ']',
    ',',
    '|',
    '>',
    '"',
    "'",
    "it's",
    '\\',
    '\\n',
    '\\x41',
  ],
  ...[
    '---',
    '...',
    '--- a',
    '---\n',
    'a\n---\nb\n',
    '\n',
    'a\nb',
    'a\nb\n',
    'a\n\n',
    '\na',
    ' a\nb',
    'a\n b\n',
    'a \nb\n',
    'a\n\n\nb',
  ],
  ...[
    '\t',
    'a\tb',
    'a\n\tb\n',
    '\r',
    'a\r\nb',
    '\u0000',
    '\u0007',
    '\u001b',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\u2029',
  ],
  ...[
    '\ufeff',
    '\ufeffa',
    '\ufffe',
    '\uffff',
    '\ufffd',
    'ü',
    '漢字',
    '😀',
    '𝒳\n😀\n',
    'x'.repeat(3000),
    'word '.repeat(400),
  ],
];

const texts = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...hostile, ' ', '\n', 'a'), { maxLength: 6 }).map((parts) => parts.join('')),
  fc.stringMatching(/^[-+.0-9:_eExXoObnyf~ #]{1,12}$/),
);

/** kustomize itself fails on these or turns them into blanks, when it prints what it has read. */
const lostByKustomize = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/** Go sees no number in "1e999" and prints it bare; the reader of what kustomize prints would see Infinity. */
function isLostByPrinting(text: string): boolean {
  return lostByKustomize.test(text) || Math.abs(Number(text)) === Infinity;
}

/** JSON has one zero. */
const numbers = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 4294967295, 2 ** 53 - 1, 2 ** 53, 1e21, 123456789012345680000, 1e-7, 5e-324, 1.5e300, 0.1),
  )
  .map((number) => (number === 0 ? 0 : number));

/** Any plain data with these texts in it, as values and as keys. */
function plainData(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const keys = text.filter((key) => key !== '__proto__' && key !== '<<' && key.length < 500);
  return fc.letrec<{ value: unknown; leaf: unknown }>((tie) => ({
    leaf: fc.oneof({ weight: 6, arbitrary: text }, numbers, fc.boolean(), fc.constant(null)),
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).value;
}

describe("Go's parser, through kustomize,", () => {
  test('reads every hostile text as itself, as a value and as a key', async () => {
    const values = hostile.filter((text) => !lostByKustomize.test(text));
    const samples = {
      values,
      keys: Object.fromEntries(values.map((text) => [text === '<<' ? '<' : text.slice(0, 500), 1])),
    };

    expect(await readByGo([samples])).toEqual([samples]);
  });

  test('reads any plain data as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plainData(texts.filter((text) => !isLostByPrinting(text))), { minLength: 30, maxLength: 60 }),
        async (list) => {
          expect(await readByGo(list)).toEqual(list);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });
});

describe('the readers of JavaScript', () => {
  test.each(['1.1', '1.2'] as const)('read any plain data as it was, by YAML %s', (version) => {
    fc.assert(
      fc.property(fc.array(plainData(texts), { maxLength: 10 }), (list) => {
        expect(parse(writeYaml({ list }), { version, merge: false })).toEqual({ list });
      }),
      { numRuns: 500 },
    );
  });
});

test('both zeros are written as one', () => {
  expect(writeYaml({ zero: -0 })).toBe('zero: 0\n');
});

test.each([NaN, Infinity, '\ud800', undefined, () => 1, 1n, { '<<': {} }])(
  'what is no plain data is refused: %s',
  (thing) => {
    expect(() => writeYaml({ list: [thing] })).toThrow(TypeError);
  },
);

/**
 * What kustomize makes of a list in an object of a kind that it does not know: it parses YAML, and prints JSON as YAML.
 */
async function readByGo(list: readonly unknown[]): Promise<unknown> {
  const { path, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  const object = { apiVersion: 'example.com/v1', kind: 'Sample', metadata: { name: 'sample' }, spec: { list } };
  writeFileSync(join(path, 'sample.yaml'), writeYaml(object));
  writeFileSync(join(path, 'kustomization.yaml'), 'resources: [sample.yaml]\n');
  const { exitCode, stdout, stderr } = await runTool(tools.kustomize, ['build', path]);
  if (exitCode !== 0) throw new Error(`kustomize refuses it: ${stderr.slice(-300)}`);
  return (parse(stdout) as { spec: { list: unknown } }).spec.list;
}

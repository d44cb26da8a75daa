import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatIssue, formatPath, readStrictYaml } from '../src/index.ts';
import { sampleSchema } from './sample-schema.ts';

const golden = join(import.meta.dirname, 'findings.txt');

/** Each is one file; what is said of it stands in findings.txt, in this order. */
const texts = [
  // The text itself.
  '',
  '# a comment\n',
  '{',
  'name: "one',
  'name: @one',
  'name: one\n\tcount: 1',
  'name: one\n---\nname: two\n---\nname: three',
  'name: one\ncount: 1\nname: two\n"name": three',
  'name: &a one\ntext: *a',
  'name: one\n<<: *a',
  'name: !!str one',
  'name: one\nwords: !mine [a]',
  'name: ! one',
  'name: one\ncount: 1\ncount: 2\ntext: *a\nnote: !!str a',
  'name: *a\ncount: 1\ncount: 2',
  '? [a]\n: 1\n? [b]\n: 2\nname: one',
  // The root.
  'one',
  '"one"',
  '- one\n- two',
  '12',
  'true',
  // Keys.
  'count: 2',
  'name:',
  'name: ~',
  'nam: one',
  'nam: one\nname: two',
  'nam: one\nnaem: two',
  'name: one\ncuont: 2\nbird: 1',
  'name: one\nparts: { x: { kind: left, ib: a }, y: { knid: right } }',
  'name: one\nitems: [{ id: a, oi: b }]',
  'cuont: 2\nname: 3',
  'name: one\nparts: { x: { kind: left, ib: a }, y: { kind: up } }',
  'name: one\nempty: { a: 1 }',
  'name: one\n1: two',
  'name: one\nnamed: { x: { id: 3 }, y: { id: a } }',
  'name: one\nnamed: { x: { id: a, ids: [b, 3] }, y: { id: a } }',
  'name: one\nspots: [true, 3]',
  'name: one\nshape: { type: circle, radus: 1 }',
  '? [name]\n: one',
  // Types.
  'name: 12',
  'name: 0x1f',
  'name: true',
  'name: one\nnote: 012',
  'name: [one]',
  'name: []',
  'name: { a: 1, b: 2 }',
  'name: {}',
  'name: one\ntext: [a]',
  'name: one\ncount: "2"',
  'name: one\ncount: two',
  "name: one\ncount: 'two'",
  'name: one\ncount: |\n  two\n',
  'name: one\ncount: 1.5',
  'name: one\nratio: a',
  'name: one\nisOn: yes',
  'name: one\nisOn: 1',
  'name: one\nwords: a',
  'name: one\nwords: { a: 1 }',
  'name: one\nwords: [1]',
  'name: one\nparts: [a]',
  'name: one\nparts: { x: left }',
  'name: one\nlimits: 3',
  'name: one\nlimits: { low: a }',
  'name: one\nitems: { id: a }',
  'name: one\nitems: [{}, { id: 3 }, 4]',
  // Values.
  'name: one\ncount: 0',
  'name: one\ncount: 10',
  'name: one\nratio: 0.1',
  'name: one\nwords: []',
  'name: one\nwords: [a, b, c]',
  'name: one\npairs: [1]',
  'name: one\nkind: lefft',
  'name: one\nkind: "lefft"',
  "name: one\nkind: 'lefft'",
  'name: one\nkind: up',
  'name: one\nlong: con',
  'name: one\nlong: "con"',
  "name: one\nlong: 'con'",
  'name: one\nlong: con"',
  'name: one\nkind: [left]',
  'name: one\nkind:',
  'name: one\nsize: huge',
  'name: one\nparts: { x: {} }',
  'name: one\nparts: { x: { kind: up }, y: { kind: left } }',
  'name: one\ngood: bad',
  'name: one\nbetter: bad',
  'name: one\nbest: bad',
  'name: one\nparts: { longer: { kind: left }, x: { kind: right } }',
  'name: one\nflags: { longer: true, x: 3, y: false }',
  // Secrets.
  'name: one\ntoken: 12',
  'name: one\ntoken: [a]',
  'name: one\ntoken: 0x1f',
  'name: one\ntoken: true',
  'name: one\nisToken: ""',
  'name: one\nisToken: secret',
  'name: one\nrepeatedToken: secret',
  'name: one\ntokens: secret',
  'name: one\ntokens: { kez: a, key: b }',
  'name: one\ntokens:',
  // One of several mappings.
  'name: one\nshape: { type: triangle }',
  'name: one\nshape: { radius: 1 }',
  'name: one\nshape: { type: circle }',
  'name: one\nshape: { type: square, side: 9 }',
  'name: one\nshape: round',
  'name: one\nshape: [circle]',
  // Several of one line, of one place.
  'name: one\nparts: { x: { kind: up, id: 3 }, longer: 4 }',
];

it('says of each text what stands in findings.txt', () => {
  const said = texts.map((text) => `${JSON.stringify(text)}\n\n${say(text)}\n`).join('\n');
  // Read the diff of an update line by line: it assumes that the code is right.
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, said);
  expect(said).toBe(readFileSync(golden, 'utf8'));
});

describe('a schema for whose problems there are no words', () => {
  const read = (schema: z.ZodType, text: string) => () => readStrictYaml('f.yaml', text, schema);

  it('is an error of the program', () => {
    const notEven = z.strictObject({ count: z.int().multipleOf(2) });
    expect(read(notEven, 'count: 3')).toThrow('The schema reports "not_multiple_of" at count');
    const longNames = z.record(z.string().min(3), z.string());
    expect(read(longNames, 'a: b')).toThrow('The schema of a name reports "too_small"');
    const refined = z.strictObject({ count: z.int().refine((count) => count > 3) });
    expect(read(refined, 'count: 3')).toThrow('without params');
    const withoutCode = z.int().superRefine((_count, context) => {
      context.addIssue({ code: 'custom', params: { message: 'no' } });
    });
    expect(read(withoutCode, '3')).toThrow('without params');
  });
});

function say(text: string): string {
  const read = readStrictYaml('f.yaml', text, sampleSchema);
  if (read.ok) return `value ${JSON.stringify(read.value)}`;
  const { rest } = read;
  const left = rest
    ? [
        `rest ${JSON.stringify(rest.value)}`,
        ...(rest.touched.length > 0 ? [`touched ${rest.touched.map(formatPath).join(' ')}`] : []),
        ...(rest.removed.length > 0 ? [`removed ${rest.removed.map(formatPath).join(' ')}`] : []),
      ]
    : ['no rest'];
  return [...read.issues.map(formatIssue), left.join('\n')].join('\n\n');
}

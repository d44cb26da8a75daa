import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSchema, formatIssue, readStrictYaml } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  addressSchema,
  asnRangeSchema,
  asnSchema,
  interfaceAddressSchema,
  nameRules,
  nameSchema,
  patternSchema,
  prefixSchema,
  routerIdSchema,
  uniqueList,
} from '../src/index.ts';

const golden = join(import.meta.dirname, 'value-schemas.txt');

const file = z.strictObject({
  asn: asnSchema.optional(),
  range: asnRangeSchema.optional(),
  address: addressSchema.optional(),
  routerId: routerIdSchema.optional(),
  prefix: prefixSchema.optional(),
  link: interfaceAddressSchema.optional(),
  name: nameSchema(nameRules.kubernetesLabel, 'one').optional(),
  color: patternSchema({
    pattern: /^(red|blue)$/,
    what: 'a color',
    allowed: 'red or blue',
    example: '"red"',
  }).optional(),
  list: uniqueList(addressSchema).optional(),
  pairs: uniqueList(z.array(z.string()), 2).optional(),
});

const entries = [
  'asn: "65000.1"',
  'asn: "4294967296"',
  'asn: 65000.1',
  'range: "65001-65534"',
  'range: "65101"',
  'range: "65534-65001"',
  'range: "65001-"',
  'range: "65001-x"',
  'range: "x-65001"',
  'range: "2-1-3"',
  'address: 2001:DB8::1',
  'address: 192.168.1.0/24',
  'address: 192.168.1/24',
  'address: 2001:db8::/32',
  'address: one',
  'routerId: 192.168.255.11',
  'routerId: 0.0.0.1',
  'routerId: 0.0.0.0',
  'routerId: 2001:db8::1',
  'routerId: one',
  'prefix: 10.0.0.0/8',
  'prefix: 10.0.0.1/8',
  'prefix: 10.0.0.1',
  'prefix: 2001:db8::1',
  'prefix: one',
  'link: 172.16.1.13/31',
  'link: 172.16.1.13',
  'name: a-b',
  'name: A',
  'color: red',
  'color: green',
  'list: [10.0.0.1, 10.0.0.2]',
  'list: [2001:db8::1, 10.0.0.1, 2001:DB8:0::1, 10.0.0.1]',
  'list: []',
  'pairs: [[a, b], [a, c]]',
  'pairs: [[a, b], [a, c], [a, b]]',
  'pairs: [[a]]',
];

it('says of each value what stands in value-schemas.txt', () => {
  const said = entries.map((entry) => `${entry}\n\n${sayOf(entry)}\n`).join('\n');
  // Read the diff of an update line by line: it assumes that the code is right.
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(golden, said);
  expect(said).toBe(readFileSync(golden, 'utf8'));
});

describe('what each schema tells of itself', () => {
  it.each(Object.entries(file.shape))('%s: an example that it takes', (_key, schema) => {
    const { example, allowed, type } = describeSchema(schema, (each) => z.globalRegistry.get(each));
    if (type.startsWith('list')) return;
    expect(allowed).toBeTruthy();
    expect(schema.safeParse(example?.replaceAll('"', '')).success).toBe(true);
  });

  it('the limits of a name, for editors', () => {
    expect(z.globalRegistry.get(nameSchema(nameRules.kubernetesLabel, 'one'))).toMatchObject({
      pattern: nameRules.kubernetesLabel.pattern.source,
      maxLength: 63,
      example: 'one',
    });
    const color = patternSchema({ pattern: /^red$/, what: 'a color', allowed: 'red', example: 'red' });
    expect(z.globalRegistry.get(color)).toMatchObject({ pattern: '^red$', allowed: 'red', example: 'red' });
  });
});

describe('what takes the place of a wrong value', () => {
  const schema = z.strictObject({
    lists: z.array(z.strictObject({ asn: asnSchema, address: addressSchema, routerId: routerIdSchema })),
    name: nameSchema(nameRules.kubernetesLabel, 'one'),
    color: patternSchema({ pattern: /^red$/, what: 'a color', allowed: 'red', example: '"red"' }),
  });

  it('is another one each time, so that two of them are no duplicates', () => {
    // Some fewer problems than a file is read for.
    const lists = Array.from({ length: 30 }, () => ({ asn: 'x', address: 'x', routerId: 'x' }));
    const read = readStrictYaml('f.yaml', JSON.stringify({ lists, name: 'A', color: 'green' }), schema);
    if (read.ok) return expect.unreachable();
    const { rest } = read;
    expect(rest?.value).toMatchObject({ name: 'one', color: 'red' });
    expect(rest?.value.lists[0]).toEqual({ asn: 4200000000, address: '198.18.0.1', routerId: '198.18.0.2' });
    expect(rest?.value.lists[29]).toEqual({ asn: 4200000087, address: '198.18.0.88', routerId: '198.18.0.89' });
    expect(new Set(rest?.value.lists.map(({ address }) => address)).size).toBe(30);
  });
});

function sayOf(entry: string): string {
  const read = readStrictYaml('f.yaml', entry, file);
  return read.ok ? `value ${JSON.stringify(read.value)}` : read.issues.map(formatIssue).join('\n\n');
}

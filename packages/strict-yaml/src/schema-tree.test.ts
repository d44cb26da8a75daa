import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  describeSchema,
  discriminatorValues,
  hasFreeNames,
  innermost,
  isOptional,
  keysOf,
  schemaAt,
  standInFor,
  standIns,
  type SchemaNode,
} from './schema-tree.ts';

const circle = z.strictObject({ type: z.literal('circle'), radius: z.int() });
const square = z.strictObject({ type: z.literal(['square', 'box']), side: z.string() });
const shape = z.discriminatedUnion('type', [circle, square]);
const root = z.strictObject({
  name: z.string(),
  parts: z.record(z.string(), z.strictObject({ id: z.boolean() })).default({}),
  words: z.array(z.string()).optional(),
  shape: shape.optional(),
  shapes: z.array(shape),
});

describe('the schema at a path', () => {
  const typeAt = (path: (string | number)[], data?: unknown): string | undefined =>
    schemaAt(root, path, data)?._zod.def.type;

  it.each<[path: (string | number)[], type: string | undefined]>([
    [[], 'object'],
    [['name'], 'string'],
    [['name', 'deeper'], undefined],
    [['nothing'], undefined],
    [['nothing', 'deeper'], undefined],
    [['toString'], undefined],
    [['parts', 'any-name', 'id'], 'boolean'],
    [['words', 7], 'string'],
    [['shape'], 'optional'],
    [['shape', 'radius'], undefined],
  ])('%j is %j', (path, type) => {
    expect(typeAt(path)).toBe(type);
  });

  it('follows the key that decides which of several mappings stands there', () => {
    const data = {
      shape: { type: 'circle' },
      shapes: [{ type: 'box' }, { type: 'circle' }, { type: 'star' }, null, 3],
    };
    expect(typeAt(['shape', 'radius'], data)).toBe('number');
    expect(typeAt(['shape', 'side'], data)).toBeUndefined();
    expect(typeAt(['shapes', 0, 'side'], data)).toBe('string');
    expect(typeAt(['shapes', 1, 'side'], data)).toBeUndefined();
    expect(typeAt(['shapes', 2, 'side'], data)).toBeUndefined();
    expect(typeAt(['shapes', 2], data)).toBe('union');
    expect(typeAt(['shapes', 3], data)).toBe('union');
    expect(typeAt(['shapes', 4], data)).toBe('union');
    expect(schemaAt(shape, [], { type: 'box' })).toBe(square);
    expect(schemaAt(shape, ['side'], { type: 'box' })).toBe(square.shape.side);
  });

  it('knows the values of that key', () => {
    expect(discriminatorValues(shape)).toEqual(['circle', 'square', 'box']);
    expect(discriminatorValues(shape.optional())).toEqual(['circle', 'square', 'box']);
    expect(discriminatorValues(circle)).toEqual([]);
    expect(discriminatorValues(undefined)).toEqual([]);
  });
});

describe('a schema in words', () => {
  const node = (schema: z.ZodType): SchemaNode => describeSchema(schema, (each) => z.globalRegistry.get(each));

  it.each<[what: string, schema: z.ZodType, words: Partial<SchemaNode>]>([
    ['a string', z.string(), { type: 'string', isOptional: false, isSensitive: false, keys: [] }],
    ['a number with limits', z.int().min(1).max(9), { type: 'number', allowed: '1 to 9' }],
    ['a number of another kind', z.number().min(0.5).max(1), { type: 'number', allowed: '0.5 to 1' }],
    ['a truth value', z.boolean(), { type: 'true or false' }],
    ['a choice', z.enum(['a', 'b']), { type: 'one word', allowed: 'a, b' }],
    ['one word', z.literal('a'), { type: 'one word' }],
    ['a list', z.array(z.string()), { type: 'list of strings' }],
    ['a list of choices', z.array(z.enum(['a', 'b'])), { type: 'list of one word', allowed: 'each a, b' }],
    ['a list of optional strings', z.array(z.string().optional()), { type: 'list of strings' }],
    ['a mapping', circle, { type: 'mapping', keys: ['type', 'radius'] }],
    ['names', z.record(z.string(), z.string()), { type: 'mapping of names', keys: [] }],
    ['one of several mappings', shape, { type: 'mapping', keys: [] }],
    ['anything else', z.null(), { type: 'null' }],
    ['a value that may be left out', z.string().optional(), { type: 'string', isOptional: true }],
    [
      'a default',
      z.int().min(1).max(2).default(2),
      { type: 'number', isOptional: true, default: 2, allowed: '1 to 2' },
    ],
    [
      'a default that is read',
      circle.prefault({ type: 'circle', radius: 3 }),
      { isOptional: true, keys: ['type', 'radius'] },
    ],
    ['a value that may be null', z.string().nullable(), { type: 'string', isOptional: false }],
    ['a value that nobody changes', z.array(z.string()).readonly(), { type: 'list of strings' }],
    ['a transformation', z.string().transform(Number), { type: 'string' }],
    [
      'all that is told of it',
      z.string().meta({ description: 'D', allowed: 'A', generates: 'G', example: 'E', isSensitive: true }),
      { description: 'D', allowed: 'A', generates: 'G', example: 'E', isSensitive: true },
    ],
    [
      'what is told of a layer, the outer one first',
      z.string().meta({ description: 'inner', example: 'E' }).optional().meta({ description: 'outer' }),
      { description: 'outer', example: 'E' },
    ],
  ])('%s', (_what, schema, words) => {
    expect(node(schema)).toMatchObject(words);
  });

  it('leaves out what is not told', () => {
    expect(Object.keys(node(z.string()))).toEqual(['schema', 'type', 'isOptional', 'isSensitive', 'keys']);
  });

  it('gives the schema without its layers', () => {
    const inner = z.string();
    expect(innermost(inner.optional().default('a').readonly())).toBe(inner);
    expect(describeSchema(inner.optional(), () => undefined).schema).toBe(inner);
  });
});

describe('what a mapping takes', () => {
  it('fixed keys or free names', () => {
    expect(keysOf(circle.optional())).toEqual(['type', 'radius']);
    expect(keysOf(z.record(z.string(), circle))).toEqual([]);
    expect(hasFreeNames(z.record(z.string(), circle).default({}))).toBe(true);
    expect(hasFreeNames(circle)).toBe(false);
  });

  it('a key may be left out when it is optional, has a default, or a default that is read', () => {
    expect([z.string().optional(), z.string().default('a'), z.string().prefault('a')].map(isOptional)).toEqual([
      true,
      true,
      true,
    ]);
    expect(isOptional(z.string().optional().readonly())).toBe(true);
    expect([z.string(), z.string().nullable(), z.string().readonly()].map(isOptional)).toEqual([false, false, false]);
  });
});

describe('a value in place of a wrong one', () => {
  it.each<[what: string, schema: z.ZodType, value: unknown]>([
    ['of a choice the first', z.enum(['a', 'b']), 'a'],
    ['false', z.boolean(), false],
    ['the least number', z.int().min(4).max(9), 4],
    ['a list of one', z.array(z.boolean()), [false]],
    ['nothing for a text', z.string(), undefined],
    ['nothing for a list of texts', z.array(z.string()), undefined],
    ['nothing for a mapping', circle, undefined],
    ['that of the layer inside', z.boolean().readonly(), false],
    ['what is registered', z.string().register(standIns, { make: (count) => `n${String(count)}` }), 'n7'],
    [
      'what is registered inside',
      z
        .string()
        .register(standIns, { make: () => 'in' })
        .nullable(),
      'in',
    ],
    ['what is registered of an entry', z.array(z.string().register(standIns, { make: () => 'in' })), ['in']],
  ])('%s', (_what, schema, value) => {
    expect(standInFor(schema, 7)).toEqual(value);
  });
});

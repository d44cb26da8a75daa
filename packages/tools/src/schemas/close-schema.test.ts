import { describe, expect, test } from 'vitest';
import { closeSchema, type Schema } from './close-schema.ts';

const close = (schema: Schema, emptyObjectsAreClosed = false): Schema =>
  closeSchema(schema, { source: 'a module', emptyObjectsAreClosed, onReference: () => undefined });

describe('closeSchema', () => {
  test.each<[string, Schema, Schema]>([
    [
      'closes an object with properties and drops words for readers',
      {
        type: 'object',
        description: 'words',
        properties: { b: { type: 'string', default: 'x' }, a: { type: 'integer' } },
      },
      { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, additionalProperties: false },
    ],
    [
      'leaves an object open that keeps unknown fields',
      { type: 'object', properties: { a: { type: 'string' } }, 'x-kubernetes-preserve-unknown-fields': true },
      { type: 'object', properties: { a: { type: 'string' } } },
    ],
    [
      'leaves a map a map',
      { type: 'object', additionalProperties: { type: 'string', description: 'words' } },
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    ['leaves an object open that Kubernetes declares without properties', { type: 'object' }, { type: 'object' }],
    [
      'takes a number or a string where both may stand',
      { 'x-kubernetes-int-or-string': true },
      { anyOf: [{ type: 'integer' }, { type: 'string' }] },
    ],
    ['takes null where it may stand', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'takes null beside values',
      { type: 'string', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'follows a reference that stands in a list of one',
      { allOf: [{ $ref: '#/components/schemas/io.k8s.PodSpec' }], description: 'words' },
      { $ref: '#/definitions/io.k8s.PodSpec' },
    ],
  ])('%s', (_, schema, expected) => {
    expect(close(schema)).toEqual(expected);
  });

  test('closes an object without properties in a custom resource', () => {
    expect(close({ type: 'object' }, true)).toEqual({ type: 'object', additionalProperties: false });
  });

  test('refuses a keyword that it does not know', () => {
    expect(() => close({ type: 'object', properties: { a: { 'x-kubernetes-new': true } } })).toThrow(
      expect.objectContaining({
        message: 'a module: keyword "x-kubernetes-new" (true) is new',
        next: 'say in packages/tools/src/schemas/close-schema.ts what becomes of it',
      }),
    );
  });
});

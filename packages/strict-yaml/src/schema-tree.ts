import { z } from 'zod';
import type { Path } from './issue.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** What the key means, one or two sentences. */
    description?: string;
    /** The values it takes, in words; where the type alone does not tell. */
    allowed?: string;
    /** Which generated objects or lines come from it. */
    generates?: string;
    /** A value as it stands in a file. */
    example?: string;
    /** What stands here could be a secret by mistake, and is never printed. */
    isSensitive?: boolean;
  }
}

/**
 * Values that take the place of a wrong one, so that the checks after the schema still see the rest of the file. Each is
 * another one, so that two of them never look like a duplicate.
 */
export const standIns = z.registry<{ readonly make: (count: number) => unknown }>();

/** A place in a schema as people need it: its type in words, its keys, its default. */
export interface SchemaNode {
  readonly schema: z.core.$ZodType;
  readonly type: string;
  readonly isOptional: boolean;
  readonly default?: unknown;
  readonly description?: string;
  readonly allowed?: string;
  readonly generates?: string;
  readonly example?: string;
  readonly isSensitive: boolean;
  /** The keys of a mapping with fixed keys. */
  readonly keys: readonly string[];
}

/**
 * The schema that a path leads to. In mappings with free names any name fits; in lists any number. Where a key decides
 * which of several mappings stands here, `data` (the value that `root` describes) tells which.
 */
export function schemaAt(root: z.core.$ZodType, path: Path, data?: unknown): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = chooseOption(root, data);
  let value = data;
  for (const part of path) {
    if (!schema) return undefined;
    value = isIndexable(value) ? value[part] : undefined;
    const child = childOf(schema, part);
    schema = child && chooseOption(child, value);
  }
  return schema;
}

/** The values of the key that tells the options of a discriminated union apart. */
export function discriminatorValues(schema: z.core.$ZodType | undefined): string[] {
  const def = schema && asKnown(innermost(schema))._zod.def;
  return def?.type === 'union' ? def.options.flatMap((option) => literals(option, def.discriminator)) : [];
}

function chooseOption(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const { def } = asKnown(innermost(schema))._zod;
  if (def.type !== 'union' || !isIndexable(value)) return schema;
  const wanted = String(value[def.discriminator]);
  return def.options.find((option) => literals(option, def.discriminator).includes(wanted)) ?? schema;
}

function literals(option: z.core.$ZodType, key: string): string[] {
  const { def } = asKnown(innermost(option))._zod;
  const child = def.type === 'object' ? def.shape[key] : undefined;
  const literal = child && asKnown(innermost(child))._zod.def;
  return literal?.type === 'literal' ? literal.values.map(String) : [];
}

function isIndexable(value: unknown): value is Record<string | number, unknown> {
  return value !== null && typeof value === 'object';
}

/** Unwraps what says nothing of the value's own type: optional, default, transformations. */
export function innermost(schema: z.core.$ZodType): z.core.$ZodType {
  return layersOf(schema).at(-1) ?? schema;
}

export function describeSchema(
  schema: z.core.$ZodType,
  metaOf: (schema: z.core.$ZodType) => z.core.GlobalMeta | undefined,
): SchemaNode {
  const layers = layersOf(schema);
  const meta = layers.map(metaOf).reduceRight<z.core.GlobalMeta>((inner, outer) => ({ ...inner, ...outer }), {});
  const inner = innermost(schema);
  const allowed = meta.allowed ?? allowedWords(inner, metaOf);
  const withDefault = layers.map((layer) => asKnown(layer)._zod.def).find((def) => 'defaultValue' in def);
  return {
    schema: inner,
    type: typeInWords(inner),
    isOptional: isOptional(schema),
    ...(withDefault && { default: withDefault.defaultValue }),
    ...(meta.description !== undefined && { description: meta.description }),
    ...(allowed !== undefined && { allowed }),
    ...(meta.generates !== undefined && { generates: meta.generates }),
    ...(meta.example !== undefined && { example: meta.example }),
    isSensitive: meta.isSensitive === true,
    keys: keysOf(inner),
  };
}

/** The fixed keys of a mapping; none for anything else. */
export function keysOf(schema: z.core.$ZodType): readonly string[] {
  const { def } = asKnown(innermost(schema))._zod;
  return def.type === 'object' ? Object.keys(def.shape) : [];
}

/** Whether a mapping with this schema has free names, so that any of its entries may be left out. */
export function hasFreeNames(mapping: z.core.$ZodType): boolean {
  return asKnown(innermost(mapping))._zod.def.type === 'record';
}

/** A value that fits the schema and stands for a wrong one; undefined where nothing can. */
export function standInFor(schema: z.core.$ZodType, count: number): unknown {
  const registered = layersOf(schema)
    .map((layer) => standIns.get(layer))
    .find((entry) => entry !== undefined);
  if (registered) return registered.make(count);
  const inner = innermost(schema);
  const { def } = asKnown(inner)._zod;
  if (def.type === 'enum') return Object.values(def.entries)[0];
  if (def.type === 'boolean') return false;
  if (inner instanceof z.ZodNumber) return inner.minValue;
  if (def.type !== 'array') return undefined;
  const element = standInFor(def.element, count);
  return element === undefined ? undefined : [element];
}

/** Whether the key with this schema may be left out. */
export function isOptional(schema: z.core.$ZodType): boolean {
  return layersOf(schema).some((layer) => ['optional', 'default', 'prefault'].includes(asKnown(layer)._zod.def.type));
}

/** What a schema says of its values without being told: the words of an enumeration, the limits of a number or list. */
function allowedWords(
  schema: z.core.$ZodType,
  metaOf: (schema: z.core.$ZodType) => z.core.GlobalMeta | undefined,
): string | undefined {
  const { def } = asKnown(schema)._zod;
  if (def.type === 'enum') return Object.values(def.entries).join(', ');
  if (def.type === 'array') {
    const { allowed } = describeSchema(def.element, metaOf);
    return allowed === undefined ? undefined : `each ${allowed}`;
  }
  if (!(schema instanceof z.ZodNumber)) return undefined;
  return `${String(schema.minValue)} to ${String(schema.maxValue)}`;
}

function layersOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = asKnown(schema)._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
    case 'nullable':
    case 'readonly':
      return [schema, ...layersOf(def.innerType)];
    case 'pipe':
      return [schema, ...layersOf(def.in)];
    default:
      return [schema];
  }
}

function childOf(schema: z.core.$ZodType, part: string | number): z.core.$ZodType | undefined {
  const { def } = asKnown(innermost(schema))._zod;
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, part) ? def.shape[part] : undefined;
    case 'record':
      return def.valueType;
    case 'array':
      return def.element;
    default:
      return undefined;
  }
}

function typeInWords(schema: z.core.$ZodType): string {
  const { def } = asKnown(schema)._zod;
  switch (def.type) {
    case 'object':
      return 'mapping';
    case 'record':
      return 'mapping of names';
    case 'array':
      return listInWords(typeInWords(innermost(def.element)));
    case 'string':
      return 'string';
    case 'int':
    case 'number':
      return 'number';
    case 'boolean':
      return 'true or false';
    case 'enum':
    case 'literal':
      return 'one word';
    case 'union':
      return 'mapping';
    default:
      return def.type;
  }
}

/** The definitions that our schemas are built of; zod's own base type does not tell them apart. */
type KnownDefinition =
  | { type: 'object'; shape: Record<string, z.core.$ZodType> }
  | { type: 'record'; keyType: z.core.$ZodType; valueType: z.core.$ZodType }
  | { type: 'array'; element: z.core.$ZodType }
  | { type: 'optional' | 'nullable' | 'readonly'; innerType: z.core.$ZodType }
  | { type: 'default' | 'prefault'; innerType: z.core.$ZodType; defaultValue: unknown }
  | { type: 'union'; options: z.core.$ZodType[]; discriminator: string }
  | { type: 'literal'; values: unknown[] }
  | { type: 'pipe'; in: z.core.$ZodType; out: z.core.$ZodType }
  | { type: 'enum'; entries: Record<string, string> }
  | { type: 'string' | 'number' | 'int' | 'boolean' | 'transform' };

function asKnown(schema: z.core.$ZodType): { _zod: { def: KnownDefinition } } {
  // zod publishes each definition's type; `core.$ZodTypes` is their union, of which this is the part in use.
  return schema as unknown as { _zod: { def: KnownDefinition } };
}

function listInWords(entry: string): string {
  return `list of ${['string', 'number', 'mapping'].includes(entry) ? `${entry}s` : entry}`;
}

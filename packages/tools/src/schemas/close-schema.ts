import { ToolFailure } from '../tool-failure.ts';

/** A JSON schema, or Kubernetes' dialect of it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface CloseOptions {
  /** Named in failures. */
  readonly source: string;
  /**
   * Whether an object without any property takes none: so it is in a custom resource, where kube-apiserver prunes what is not
   * declared. In Kubernetes' own API it stands for anything.
   */
  readonly emptyObjectsAreClosed: boolean;
  /** Called with the name of each definition that the schema refers to. */
  readonly onReference: (name: string) => void;
}

const referencePrefix = '#/components/schemas/';

/** Keywords that kubeconform and Kubernetes understand alike. */
const keptKeywords = [
  'enum',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'pattern',
  'required',
  'uniqueItems',
];

/** Keywords with an effect of their own below, or for readers and for other checks than that of a file's shape. */
const otherKeywords = [
  '$ref',
  'additionalProperties',
  'allOf',
  'anyOf',
  'default',
  'description',
  'format',
  'items',
  'nullable',
  'oneOf',
  'properties',
  'type',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-group-version-kind',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-unions',
  'x-kubernetes-validations',
];

/** The same schema for a checker of files: no unknown field anywhere, references by `#/definitions/`, nothing but rules. */
export function closeSchema(schema: Schema, options: CloseOptions): Schema {
  for (const keyword of Object.keys(schema)) {
    if (!keptKeywords.includes(keyword) && !otherKeywords.includes(keyword)) {
      throw new ToolFailure({
        code: 'schema-source-changed',
        message: `${options.source}: keyword "${keyword}" (${JSON.stringify(schema[keyword])}) is new`,
        next: `say in packages/tools/src/schemas/close-schema.ts what becomes of it`,
      });
    }
  }
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    options.onReference(reference);
    return { $ref: `#/definitions/${reference}` };
  }
  return withNull(schema, {
    ...typeOf(schema),
    ...Object.fromEntries(
      keptKeywords.filter((keyword) => keyword in schema).map((keyword) => [keyword, schema[keyword]]),
    ),
    ...alternativesOf(schema, options),
    ...partsOf(schema, options),
  });
}

/** `$ref`, also where it stands in an `allOf` of one to have a description beside it. */
function referenceOf(schema: Schema): string | undefined {
  const allOf = schema['allOf'];
  const only = Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as Schema) : schema;
  const reference = only['$ref'];
  return typeof reference === 'string' ? reference.slice(referencePrefix.length) : undefined;
}

function typeOf(schema: Schema): Schema {
  return 'type' in schema ? { type: schema['type'] } : {};
}

function alternativesOf(schema: Schema, options: CloseOptions): Schema {
  const found: [string, unknown][] = [];
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const alternatives = schema[keyword];
    if (Array.isArray(alternatives)) {
      found.push([keyword, alternatives.map((one) => closeSchema(one as Schema, options))]);
    }
  }
  if (found.length === 0 && schema['x-kubernetes-int-or-string'] === true) {
    return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
  }
  return Object.fromEntries(found);
}

function partsOf(schema: Schema, options: CloseOptions): Schema {
  const parts: Record<string, unknown> = {};
  if (isSchema(schema['items'])) parts['items'] = closeSchema(schema['items'], options);
  const properties = schema['properties'];
  if (isSchema(properties)) {
    parts['properties'] = Object.fromEntries(
      Object.keys(properties)
        .sort()
        .map((name) => [name, closeSchema(properties[name] as Schema, options)]),
    );
  }
  const additional = schema['additionalProperties'];
  if (isSchema(additional)) parts['additionalProperties'] = closeSchema(additional, options);
  else if (additional !== undefined) parts['additionalProperties'] = additional;
  else if (isClosed(schema, options)) parts['additionalProperties'] = false;
  return parts;
}

function isClosed(schema: Schema, options: CloseOptions): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return false;
  return isSchema(schema['properties']) || (schema['type'] === 'object' && options.emptyObjectsAreClosed);
}

function withNull(schema: Schema, closed: Schema): Schema {
  if (schema['nullable'] !== true) return closed;
  if (typeof schema['type'] !== 'string') return { anyOf: [closed, { type: 'null' }] };
  const values = schema['enum'];
  return {
    ...closed,
    type: [schema['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

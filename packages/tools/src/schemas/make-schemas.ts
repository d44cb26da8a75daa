import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse } from 'yaml';
import { closeSchema, type CloseOptions, type Schema } from './close-schema.ts';
import { customKinds, kubernetesDocuments, kubernetesKinds, type CustomKinds } from './schema-kinds.ts';
import { ToolFailure } from '../tool-failure.ts';

/** A folder of schemas and the unpacked module that they are made from. */
export interface SchemaSource {
  /** Folder under `schemas/`. */
  readonly folder: string;
  readonly kind: string;
  readonly module: string;
  readonly version: string;
  readonly unpacked: string;
}

/** All schema files of these sources: path under `schemas/` → text. */
export async function makeSchemas(sources: readonly SchemaSource[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const newest = sources.find((source) => source.kind === 'kubernetes');
  if (newest === undefined) {
    throw new ToolFailure({
      code: 'schema-source-changed',
      message:
        'packages/tools/src/tools.json: no schema set is of kind "kubernetes"; custom resources take their metadata from it',
      next: 'correct the schema sets there',
    });
  }
  const metadata = definitionsOf(newest, 'api__v1_openapi.json');
  for (const source of sources) {
    const kinds = source.kind === 'kubernetes' ? kubernetesSchemas(source) : customSchemas(source, metadata);
    for (const { name, schema } of kinds) {
      files.set(join(source.folder, name), await format(JSON.stringify(schema), { parser: 'json', printWidth: 120 }));
    }
  }
  return files;
}

interface NamedSchema {
  readonly name: string;
  readonly schema: Schema;
}

type Definitions = Readonly<Record<string, Schema>>;

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function definitionsOf(source: SchemaSource, document: string): Definitions {
  const path = join(source.unpacked, kubernetesDocuments, document);
  const { components } = JSON.parse(readFileSync(path, 'utf8')) as { components: { schemas: Definitions } };
  return components.schemas;
}

function kubernetesSchemas(source: SchemaSource): NamedSchema[] {
  return kubernetesKinds.flatMap(({ group, version, document, kinds }) => {
    const definitions = definitionsOf(source, document);
    return kinds.map((kind) => {
      const schema = Object.values(definitions).find((definition) => hasKind(definition, { group, version, kind }));
      if (schema === undefined) throw noSuchKind(source, kind, document);
      return rootSchema(schema, { group, version, kind, definitions, source, isCustom: false });
    });
  });
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function hasKind(definition: Schema, wanted: GroupVersionKind): boolean {
  const kinds = (definition['x-kubernetes-group-version-kind'] ?? []) as readonly GroupVersionKind[];
  // Definitions that many kinds share, such as DeleteOptions, list them all.
  const [only] = kinds.length === 1 ? kinds : [];
  return only?.group === wanted.group && only.version === wanted.version && only.kind === wanted.kind;
}

interface CustomResourceDefinition {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly deprecated?: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

function customSchemas(source: SchemaSource, metadata: Definitions): NamedSchema[] {
  const wanted: CustomKinds | undefined = customKinds[source.kind];
  if (wanted === undefined) {
    throw new ToolFailure({
      code: 'schema-source-changed',
      message: `packages/tools/src/tools.json: schema set ${source.folder} is of kind "${source.kind}"; there are: kubernetes, ${Object.keys(customKinds).join(', ')}`,
      next: 'correct the schema sets there',
    });
  }
  const folder = join(source.unpacked, wanted.folder);
  const documents = readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as CustomResourceDefinition);
  return wanted.kinds.flatMap((kind) => {
    const spec = documents.find((document) => document.spec.names.kind === kind)?.spec;
    const versions = spec?.versions.filter((version) => version.served && version.deprecated !== true) ?? [];
    if (spec === undefined || versions.length === 0) throw noSuchKind(source, kind, wanted.folder);
    return versions.map((version) =>
      rootSchema(version.schema.openAPIV3Schema, {
        group: spec.group,
        version: version.name,
        kind,
        definitions: metadata,
        source,
        isCustom: true,
      }),
    );
  });
}

interface RootContext extends GroupVersionKind {
  readonly definitions: Definitions;
  readonly source: SchemaSource;
  readonly isCustom: boolean;
}

/** One file: the kind with its name and group fixed, and every definition that it needs. */
function rootSchema(schema: Schema, context: RootContext): NamedSchema {
  const { group, version, kind, source } = context;
  const needed = new Set<string>();
  const options: CloseOptions = {
    source: `${source.module} ${source.version} ${kind}`,
    emptyObjectsAreClosed: context.isCustom,
    onReference: (name) => needed.add(name),
  };
  // What users write has no status, which takes half of a definition's size.
  const declared = Object.entries(schema['properties'] as Schema).filter(([name]) => name !== 'status');
  const properties = { ...Object.fromEntries(declared), metadata: { $ref: `#/components/schemas/${objectMeta}` } };
  const closed = closeSchema({ ...schema, properties }, options);
  const required = (schema['required'] ?? []) as readonly string[];
  const root: Schema = {
    $comment: `Made by scripts/schemas from ${source.module} ${source.version}: do not edit.`,
    ...closed,
    required: [...new Set(['apiVersion', 'kind', 'metadata', ...required])].sort(),
    properties: {
      ...(closed['properties'] as Schema),
      apiVersion: { enum: [group === '' ? version : `${group}/${version}`] },
      kind: { enum: [kind] },
    },
    definitions: closeDefinitions(needed, context.definitions, options),
  };
  return { name: fileName(context), schema: root };
}

/** Closes the needed definitions; a set that grows while it is walked is walked to its end. */
function closeDefinitions(needed: ReadonlySet<string>, definitions: Definitions, options: CloseOptions): Schema {
  const closed: Record<string, Schema> = {};
  for (const name of needed) {
    const definition = definitions[name];
    if (definition === undefined) {
      throw new ToolFailure({
        code: 'schema-source-changed',
        message: `${options.source}: refers to "${name}", which is not defined`,
        next: `look into the module's OpenAPI document`,
      });
    }
    closed[name] = closeSchema(definition, options);
  }
  return Object.fromEntries(Object.entries(closed).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As kubeconform's template `{{.ResourceKind}}{{.KindSuffix}}.json` names it. */
function fileName({ group, version, kind }: GroupVersionKind): string {
  const parts = [kind, group.split('.')[0] ?? '', version].filter((part) => part !== '');
  return `${parts.join('-').toLowerCase()}.json`;
}

function noSuchKind(source: SchemaSource, kind: string, place: string): ToolFailure {
  return new ToolFailure({
    code: 'schema-source-changed',
    message: `${source.module} ${source.version}: ${place} has no kind ${kind} that is served`,
    next: `correct packages/tools/src/schemas/schema-kinds.ts`,
  });
}

import { turnKind } from '@meshrs/contract';
import { turnDefinition } from '@meshrs/manifests';
import { closeSchema, type Schema } from '@meshrs/tools/schemas/close-schema';

/** The text of schemas/meshrs/v1/turn-meshrs-v1.json: the kind as kubeconform reads it, from our own definition. */
export function turnJsonSchema(): string {
  const [version] = turnDefinition().spec.versions;
  const declared = (version?.schema?.openAPIV3Schema ?? {}) as Schema;
  const options = {
    source: `${turnKind.kind} ${turnKind.version}`,
    emptyObjectsAreClosed: true,
    onReference: (name: string) => {
      throw new Error(`The definition of ${turnKind.kind} refers to ${name}, and has no definitions.`);
    },
  };
  const closed = closeSchema(declared, options);
  const text = { type: 'object', additionalProperties: { type: 'string' } };
  const metadata = {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: { annotations: text, labels: text, name: { type: 'string' } },
  };
  const schema = {
    $comment: 'Made by scripts/generate: do not edit.',
    ...closed,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      ...(closed['properties'] as Schema),
      apiVersion: { enum: [turnKind.apiVersion] },
      kind: { enum: [turnKind.kind] },
      metadata,
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

import { topologySchema } from '@meshrs/topology';
import { z } from 'zod';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `meshrs schema`: the JSON Schema (2020-12) of a topology, for editors. */
export function schema(terminal: Terminal): ExitCode {
  terminal.writeOut(topologyJsonSchema());
  return exitCodes.ok;
}

/** The text of schemas/topology.schema.json. */
export function topologyJsonSchema(): string {
  const document = z.toJSONSchema(topologySchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // Facts of our own, kept out of a standard document; what is allowed goes where editors show it.
      const { description, allowed, generates, example } = jsonSchema as z.core.GlobalMeta;
      const parts = [
        description,
        allowed === undefined ? undefined : `Allowed: ${allowed}.`,
        generates === undefined ? undefined : `Generates: ${generates}.`,
      ].filter((part) => part !== undefined);
      if (parts.length > 0) jsonSchema.description = parts.join('\n');
      if (example !== undefined) jsonSchema.examples = [example];
      for (const key of ['allowed', 'generates', 'example', 'isSensitive']) Reflect.deleteProperty(jsonSchema, key);
    },
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}

import { describeSchema, nearest, schemaAt, type SchemaNode } from '@meshrs/strict-yaml';
import { topologySchema } from '@meshrs/topology';
import { z } from 'zod';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** `meshrs explain [PATH]`: what a key of a topology means, what it takes, and what comes from it. */
export function explain(terminal: Terminal, path: string | undefined, options: { readonly json: boolean }): ExitCode {
  const parts = splitPath(path ?? '');
  const found = follow(parts);
  if ('unknown' in found) {
    terminal.writeError(unknownPath(found));
    return exitCodes.issues;
  }
  const node = describe(found.schema);
  terminal.writeOut(
    options.json ? `${JSON.stringify(toJson(path ?? '', node), null, 2)}\n` : explanation(found.path, node),
  );
  return exitCodes.ok;
}

type Found =
  | { readonly schema: z.core.$ZodType; readonly path: string }
  | { readonly unknown: string; readonly after: string; readonly known: readonly string[] };

/** Takes "nodes.meshrr-kube1.links[0].router", "nodes.*.links.router" and what lies between. */
function splitPath(path: string): string[] {
  return path.split(/[.[\]]+/).filter((part) => part !== '');
}

function follow(parts: readonly string[]): Found {
  let schema: z.core.$ZodType = topologySchema;
  let path = '';
  for (const part of parts) {
    const isListEntry = describe(schema).type.startsWith('list of') && !/^\d+$|^\*$/.test(part);
    if (isListEntry) {
      schema = schemaAt(schema, [0]) ?? schema;
    }
    const isNumber = /^\d+$/.test(part);
    const next = schemaAt(schema, [isNumber || part === '*' ? wildcard(schema) : part]);
    if (!next) return { unknown: part, after: path, known: describe(schema).keys };
    schema = next;
    path += isNumber ? `[${part}]` : `${path === '' ? '' : '.'}${part}`;
  }
  return { schema, path };
}

function wildcard(schema: z.core.$ZodType): string | number {
  return describe(schema).type.startsWith('list of') ? 0 : '*';
}

function describe(schema: z.core.$ZodType): SchemaNode {
  return describeSchema(schema, (each) => z.globalRegistry.get(each));
}

function explanation(path: string, node: SchemaNode): string {
  const rows: [string, string | undefined][] = [
    ['type', node.type],
    ['allowed', node.allowed],
    ['required', node.isOptional ? 'no' : 'yes'],
    ['default', node.default === undefined ? undefined : JSON.stringify(node.default)],
    ['example', node.example],
    ['generates', node.generates],
  ];
  const lines = [path === '' ? 'a topology' : path];
  if (node.description !== undefined) lines.push(`  ${node.description}`);
  lines.push(
    '',
    ...rows.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(10)} ${value ?? ''}`),
  );
  const children = childrenOf(node);
  if (children.length > 0) {
    const width = Math.max(...children.map(({ name }) => name.length));
    lines.push(
      '',
      '  keys:',
      ...children.map(
        ({ name, child }) =>
          `    ${name.padEnd(width)}  ${child.isOptional ? ' ' : '*'} ${child.description ?? child.type}`,
      ),
    );
    lines.push('', '  (* required; explain a key with its full path)');
  }
  return `${lines.join('\n')}\n`;
}

/** The keys of a mapping, or those of the entries of a list or of a mapping of names. */
function childrenOf(node: SchemaNode): { name: string; child: SchemaNode }[] {
  const holder = node.keys.length > 0 ? { schema: node.schema, prefix: '' } : entryOf(node);
  if (!holder) return [];
  return describe(holder.schema).keys.flatMap((key) => {
    const child = schemaAt(holder.schema, [key]);
    return child ? [{ name: `${holder.prefix}${key}`, child: describe(child) }] : [];
  });
}

function entryOf(node: SchemaNode): { schema: z.core.$ZodType; prefix: string } | undefined {
  const isList = node.type.startsWith('list of');
  const schema = schemaAt(node.schema, [isList ? 0 : '*']);
  return schema && { schema, prefix: isList ? '' : '<name>.' };
}

function unknownPath({ unknown, after, known }: Extract<Found, { unknown: string }>): string {
  const guess = nearest(unknown, known);
  const place = after === '' ? 'a topology' : after;
  return [
    `There is no key "${unknown}" in ${place}${guess === undefined ? '.' : `; did you mean "${guess}"?`}`,
    `  allowed: ${known.length > 0 ? known.join(', ') : 'nothing; it is a single value'}`,
    `  do:      ${['meshrs explain', [after, guess].filter((part) => part !== undefined && part !== '').join('.')].join(' ').trimEnd()}`,
    '',
  ].join('\n');
}

function toJson(path: string, node: SchemaNode): Record<string, unknown> {
  const { type, isOptional, description, allowed, generates, example } = node;
  const keys = childrenOf(node).map(({ name, child }) => ({
    name,
    required: !child.isOptional,
    description: child.description,
  }));
  return { path, type, required: !isOptional, default: node.default, description, allowed, generates, example, keys };
}

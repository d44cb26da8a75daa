import { toLiteralBlock, writeNumber, writeText } from './write-scalar.ts';

/**
 * Plain data as a YAML document: mappings in the order of their keys, properties that are undefined left out, one final
 * newline. Throws TypeError for what is not plain data.
 */
export function writeYaml(data: Readonly<Record<string, unknown>>): string {
  return writeMapping(data, '').slice(1) + '\n';
}

/** Starts with a newline, so that it can stand behind "key:"; " {}" without an entry. */
function writeMapping(data: Readonly<Record<string, unknown>>, indent: string): string {
  let text = '';
  for (const key in data) {
    const value = data[key];
    // kustomize takes it for a merge, in quotes too, and drops it.
    if (key === '<<') throw new TypeError('YAML for Kubernetes cannot have a key "<<".');
    if (value !== undefined) text += `\n${indent}${writeText(key)}:${writeValue(value, indent)}`;
  }
  return text === '' ? ' {}' : text;
}

function writeSequence(list: readonly unknown[], indent: string): string {
  if (list.length === 0) return ' []';
  let text = '';
  for (const value of list) {
    const isEntryOnLine = isMapping(value) || Array.isArray(value);
    const written = writeValue(value, `${indent}  `);
    // A mapping or list starts on the line of its dash: its own newline and indent go.
    const afterDash = isEntryOnLine && written.startsWith('\n') ? ` ${written.slice(indent.length + 5)}` : written;
    text += `\n${indent}  -${afterDash}`;
  }
  return text;
}

/** What stands behind "key:" or "-", with the blank or newline before it. */
function writeValue(value: unknown, indent: string): string {
  switch (typeof value) {
    case 'string': {
      const block = toLiteralBlock(value);
      return block ? writeBlock(block, indent) : ` ${writeText(value)}`;
    }
    case 'number':
      return ` ${writeNumber(value)}`;
    case 'boolean':
      return value ? ' true' : ' false';
    default:
      if (value === null) return ' null';
      if (Array.isArray(value)) return writeSequence(value, indent);
      if (isMapping(value)) return writeMapping(value, `${indent}  `);
      throw new TypeError(`YAML for Kubernetes has no ${typeof value}.`);
  }
}

function writeBlock({ header, lines }: { header: string; lines: readonly string[] }, indent: string): string {
  let text = ` ${header}`;
  for (const line of lines) text += line === '' ? '\n' : `\n${indent}  ${line}`;
  return text;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { documentCodes, type DocumentCode } from './codes.ts';
import { compareIssues, type CodeDescription, type Finding, type Issue, type Path } from './issue.ts';
import { parseSource, type SourceDocument, type SyntaxFinding } from './source-document.ts';
import { withoutEntries } from './without-entries.ts';
import { describeSchema, discriminatorValues, keysOf, schemaAt, type SchemaNode } from './schema-tree.ts';

/** A problem that a value schema of ours reports through `context.addIssue({code: 'custom', params})`. */
export interface ValueProblem {
  readonly code: DocumentCode;
  readonly message: string;
  readonly allowed?: string;
  /** Left out: "write it like" the example of the schema. */
  readonly hint?: string;
}

export type Validated<T> =
  | { readonly ok: true; readonly value: T; readonly document: SourceDocument }
  | {
      readonly ok: false;
      readonly issues: readonly Issue<DocumentCode>[];
      /** What is left without the entries that have issues, so that further checks can report in the same run. */
      readonly rest?: { readonly value: T; readonly document: SourceDocument };
    };

/** Reads a file's text against a schema: the typed value, or every problem with its place. */
export function readStrictYaml<S extends z.ZodType>(file: string, text: string, schema: S): Validated<z.output<S>> {
  const { document, findings } = parseSource(file, text);
  if (!document)
    return { ok: false, issues: findings.map((finding) => locateSyntax(file, finding)).sort(compareIssues) };
  const result = schema.safeParse(document.data);
  if (result.success) return { ok: true, value: result.data, document };
  const problems = result.error.issues.flatMap((issue) => toFindings(issue, document, schema));
  const issues = problems.map((finding) => locate(finding, document, documentCodes)).sort(compareIssues);
  const rest = schema.safeParse(withoutEntries(document.data, result.error.issues, schema));
  return { ok: false, issues, ...(rest.success && { rest: { value: rest.data, document } }) };
}

/** Gives a finding its place in the file and its severity. */
export function locate<Code extends string>(
  finding: Finding<Code>,
  document: SourceDocument,
  codes: Readonly<Record<Code, CodeDescription>>,
): Issue<Code> {
  const isAboutKey = finding.code === 'unknown-key';
  const place = isAboutKey ? document.placeOfKey(finding.path) : document.placeOf(finding.path);
  const seen = finding.seen ?? document.textOf(finding.path);
  return {
    ...finding,
    ...(seen !== undefined && { seen }),
    severity: codes[finding.code].severity,
    file: document.file,
    line: place.line,
    column: place.column,
  };
}

/** "did you mean X": the nearest of the known words, when it is near enough to be a typing error. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = ranked;
  return best && best.edits <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined;
}

function locateSyntax(file: string, { place, ...finding }: SyntaxFinding): Issue<DocumentCode> {
  return { ...finding, severity: documentCodes[finding.code].severity, file, ...place };
}

function toFindings(issue: z.core.$ZodIssue, document: SourceDocument, root: z.ZodType): Finding<DocumentCode>[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const schema = schemaAt(root, path, document.data);
  const node = schema && describeSchema(schema, (each) => z.globalRegistry.get(each));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, schema ? keysOf(schema) : []));
    case 'invalid_type':
      return [wrongType(path, issue.expected, document, node)];
    case 'invalid_value':
      return [unknownValue(path, issue.values.map(String), document)];
    case 'too_small':
    case 'too_big':
      return [outOfRange(path, issue, document)];
    case 'invalid_key':
      return issue.issues.flatMap((inner) => badName(path, inner, node));
    case 'invalid_union':
      return [unknownValue([...path, issue.discriminator ?? ''], discriminatorValues(schema), document)];
    case 'custom':
      return [{ path, ...valueProblem(issue, node) }];
    default:
      throw new Error(`The schema reports "${issue.code}" at ${path.join('.')}, for which there is no message.`);
  }
}

function unknownKey(path: Path, key: string, known: readonly string[]): Finding<DocumentCode> {
  const guess = nearest(key, known);
  return {
    code: 'unknown-key',
    path: [...path, key],
    message: guess ? `There is no key "${key}" here; did you mean "${guess}"?` : `There is no key "${key}" here.`,
    seen: key,
    allowed: known.length > 0 ? known.join(', ') : 'no key at all',
    hint: guess
      ? `write ${guess}`
      : 'remove the key, or move it to where it belongs (meshrs explain lists the keys of each place)',
  };
}

function wrongType(
  path: Path,
  expected: string,
  document: SourceDocument,
  node: SchemaNode | undefined,
): Finding<DocumentCode> {
  const text = document.textOf(path);
  const allowed = node?.allowed ?? node?.type ?? expected;
  const example = node?.example === undefined ? '' : `, for example ${node.example}`;
  const key = String(path.at(-1) ?? 'the file');
  if (!hasValue(document, path)) {
    return {
      code: 'missing-key',
      path,
      message: path.length === 0 ? 'The file is empty.' : `The key "${key}" is required here and is missing.`,
      allowed,
      hint: path.length === 0 ? 'run "meshrs init" for a first topology' : `add ${key}${example}`,
    };
  }
  const isText = expected === 'string';
  if (isText && text !== undefined && document.isPlain(path) && text !== '') {
    return {
      code: 'unquoted',
      path,
      message: `This is not in quotes, and YAML does not read it as a text but as ${readAs(document, path)}.`,
      allowed: `${allowed}, in quotes`,
      hint: `write "${text}" with the quotes`,
    };
  }
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  };
  return {
    code: 'wrong-type',
    path,
    message: `${words[expected] ?? expected} is wanted here, not ${readAs(document, path)}.`.replace(/^./, (first) =>
      first.toUpperCase(),
    ),
    allowed,
    hint: node?.example === undefined ? `write ${words[expected] ?? expected}` : `write it like ${node.example}`,
  };
}

function unknownValue(path: Path, values: readonly string[], document: SourceDocument): Finding<DocumentCode> {
  const text = document.textOf(path);
  if (!hasValue(document, path)) {
    const key = String(path.at(-1));
    return {
      code: 'missing-key',
      path,
      message: `The key "${key}" is required here and is missing.`,
      allowed: values.join(', '),
      hint: `add ${key}: ${values[0] ?? ''}`,
    };
  }
  const guess = text === undefined ? undefined : nearest(text.replace(/^["']|["']$/g, ''), values);
  return {
    code: 'unknown-value',
    path,
    message: guess
      ? `This is not one of the allowed values; did you mean "${guess}"?`
      : 'This is not one of the allowed values.',
    allowed: values.join(', '),
    hint: `write ${guess ?? values.join(' or ')}`,
  };
}

function outOfRange(
  path: Path,
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  document: SourceDocument,
): Finding<DocumentCode> {
  const isSmall = issue.code === 'too_small';
  const limit = `${isSmall ? 'at least' : 'at most'} ${String(isSmall ? issue.minimum : issue.maximum)}`;
  const kinds: Readonly<Record<string, string>> = { array: ' entries', string: ' characters', map: ' entries' };
  const unit = kinds[issue.origin] ?? '';
  const value = valueAt(document.data, path);
  const seen = Array.isArray(value) ? `${String(value.length)}${unit}` : document.textOf(path);
  return {
    code: 'out-of-range',
    path,
    message: `This is too ${isSmall ? 'small' : 'large'}.`,
    ...(seen !== undefined && { seen }),
    allowed: `${limit}${unit}`,
    hint: `choose ${limit}${unit}`,
  };
}

function badName(path: Path, issue: z.core.$ZodIssue, node: SchemaNode | undefined): Finding<DocumentCode>[] {
  if (issue.code !== 'custom')
    throw new Error(`The schema of a name reports "${issue.code}", for which there is no message.`);
  return [{ path, ...valueProblem(issue, node), seen: String(path.at(-1)), hint: 'choose another name' }];
}

function valueProblem(issue: z.core.$ZodIssueCustom, node: SchemaNode | undefined): ValueProblem & { hint: string } {
  const { params } = issue;
  if (!params || typeof params['code'] !== 'string')
    throw new Error('A schema of ours reports a problem without params.');
  // Only the value schemas of this workspace report custom problems, all through this type.
  const problem = params as unknown as ValueProblem;
  return {
    ...problem,
    hint: problem.hint ?? (node?.example === undefined ? 'correct the value' : `write it like ${node.example}`),
  };
}

function readAs(document: SourceDocument, path: Path): string {
  const value = valueAt(document.data, path);
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'number':
      return `the number ${String(value)}`;
    case 'boolean':
      return String(value);
    case 'string':
      return 'a text';
    default:
      return 'a mapping';
  }
}

/** A key that is there without a value ("asn:") is a missing value as well. */
function hasValue(document: SourceDocument, path: Path): boolean {
  const value = valueAt(document.data, path);
  return value !== undefined && value !== null;
}

function valueAt(data: unknown, path: Path): unknown {
  let current = data;
  for (const part of path) {
    if (current === null || typeof current !== 'object') return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}

import { z } from 'zod';
import type { DocumentCode } from './codes.ts';
import { formatPath, type Finding, type Path } from './issue.ts';
import { mostIssues } from './most-issues.ts';
import { nearest } from './nearest.ts';
import { describeSchema, discriminatorValues, keysOf, schemaAt, type SchemaNode } from './schema-tree.ts';
import type { SourceDocument } from './source-document.ts';

/** A problem that a value schema of ours reports through `context.addIssue({code: 'custom', params})`. */
export interface ValueProblem {
  readonly code: DocumentCode;
  readonly message: string;
  readonly allowed?: string;
  /** Left out: "write it like" the example of the schema. */
  readonly hint?: string;
}

/** What only the owner of a schema knows, for people who have such a file in front of them. */
export interface DocumentAdvice {
  /** What to do about a file in which nothing stands. */
  readonly emptyFile?: string;
  /** Where the keys of each place are told. */
  readonly keys?: string;
}

type ValueFinding = Finding<DocumentCode>;

const hidden = '(not shown: it may be a secret)';

/** The first of what zod found, in words, with the value seen; one finding a problem. */
export function toFindings(
  all: readonly z.core.$ZodIssue[],
  document: SourceDocument,
  root: z.ZodType,
  advice: DocumentAdvice = {},
): ValueFinding[] {
  const issues = all.slice(0, mostIssues).map(withFirstKeys);
  const meantKeys = new Set(issues.flatMap((issue) => misspelt(issue, document, root)));
  return issues
    .flatMap((issue) => toFinding(issue, document, { root, advice }))
    .filter(({ code, path }) => code !== 'missing-key' || !meantKeys.has(formatPath(path)))
    .slice(0, mostIssues);
}

/** How many findings there would be of all that zod found. */
export function countProblems(all: readonly z.core.$ZodIssue[]): number {
  const counts = all.map((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.length : 1));
  return counts.reduce((sum, each) => sum + each, 0);
}

/** One issue of zod names all unknown keys of a mapping. */
function withFirstKeys(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  return issue.code === 'unrecognized_keys' ? { ...issue, keys: issue.keys.slice(0, mostIssues) } : issue;
}

/** The keys that were meant by misspelt ones: that they are missing is the same problem. */
function misspelt(issue: z.core.$ZodIssue, document: SourceDocument, root: z.ZodType): string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const path = toPath(issue);
  const schema = schemaAt(root, path, document.data);
  const known = schema ? keysOf(schema) : [];
  return issue.keys.flatMap((key) => {
    const meant = nearest(key, known);
    return meant === undefined ? [] : [formatPath([...path, meant])];
  });
}

function toFinding(
  issue: z.core.$ZodIssue,
  document: SourceDocument,
  { root, advice }: { readonly root: z.ZodType; readonly advice: DocumentAdvice },
): ValueFinding[] {
  const path = toPath(issue);
  const schema = schemaAt(root, path, document.data);
  const node = schema && describeSchema(schema, (each) => z.globalRegistry.get(each));
  const findings = ((): ValueFinding[] => {
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownKey(path, key, { known: node?.keys ?? [], advice }));
      case 'invalid_type':
        return path.length === 0 && !hasValue(document, path)
          ? [emptyFile(allowedAt(node) ?? issue.expected, advice)]
          : [wrongType(path, issue.expected, document, node)];
      case 'invalid_value':
        return [unknownValue(path, issue.values.map(String), document)];
      case 'too_small':
      case 'too_big':
        return [outOfRange(path, issue, document, node)];
      case 'invalid_key':
        return issue.issues.flatMap((inner) => badName(path, inner, node));
      case 'invalid_union':
        // The path leads to the key that decides; the mapping around it knows the choice.
        return [unknownValue(path, discriminatorValues(schemaAt(root, path.slice(0, -1), document.data)), document)];
      case 'custom':
        return [{ path, ...valueProblem(issue, node) }];
      default:
        throw new Error(`The schema reports "${issue.code}" at ${formatPath(path)}, for which there is no message.`);
    }
  })();
  const isSensitive = node?.isSensitive === true && issue.code !== 'unrecognized_keys' && hasValue(document, path);
  return isSensitive ? findings.map((finding) => withoutValue(finding, document, path)) : findings;
}

/** The same without the value, which may be a secret: not as it is seen, and in no sentence. */
function withoutValue(finding: ValueFinding, document: SourceDocument, path: Path): ValueFinding {
  const texts = [document.textOf(path), valueAt(document.data, path)]
    .filter((value) => ['string', 'number', 'bigint', 'boolean'].includes(typeof value))
    .map(String)
    .filter((text) => text !== '');
  const isTold = (sentence: string) => texts.some((text) => sentence.includes(text));
  const isUnquoted = finding.code === 'unquoted';
  return {
    ...finding,
    seen: hidden,
    ...(isTold(finding.message) && {
      message: isUnquoted
        ? 'The value is not in quotes, and YAML does not read it as a string.'
        : 'This value cannot stand here.',
    }),
    ...(isTold(finding.hint) && { hint: isUnquoted ? 'write it in quotes' : 'correct the value' }),
  };
}

function unknownKey(
  path: Path,
  key: string,
  { known, advice }: { readonly known: readonly string[]; readonly advice: DocumentAdvice },
): ValueFinding {
  const guess = nearest(key, known);
  return {
    code: 'unknown-key',
    path: [...path, key],
    message: guess ? `There is no key "${key}" here; did you mean "${guess}"?` : `There is no key "${key}" here.`,
    seen: key,
    allowed: known.length > 0 ? known.join(', ') : 'no key at all',
    hint: guess
      ? `write ${guess}`
      : `remove the key, or move it to where it belongs${advice.keys === undefined ? '' : ` (${advice.keys})`}`,
  };
}

function wrongType(path: Path, expected: string, document: SourceDocument, node: SchemaNode | undefined): ValueFinding {
  const allowed = allowedAt(node) ?? expected;
  if (!hasValue(document, path)) return missing(path, allowed, node?.example);
  const text = document.textOf(path);
  // Tags are refused before, so that a scalar in quotes is a text always; this one has none.
  if (expected === 'string' && text !== undefined) {
    return {
      code: 'unquoted',
      path,
      message: `The value is not in quotes, so YAML reads it as ${readAs(document, path)} and not as a string.`,
      allowed: allowed.includes('in quotes') ? allowed : `${allowed}, in quotes`,
      hint: `write "${text}" with the quotes`,
    };
  }
  const wanted = typeNames[expected] ?? expected;
  return {
    code: 'wrong-type',
    path,
    message: `Expected ${wanted}, found ${readAs(document, path)}.`,
    ...seenAt(document, path),
    allowed,
    hint: node?.example === undefined ? `write ${wanted}` : `write it like ${node.example}`,
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function emptyFile(allowed: string, { emptyFile: hint = 'write it' }: DocumentAdvice): ValueFinding {
  return { code: 'missing-key', path: [], message: 'The file is empty.', allowed, hint };
}

function missing(path: Path, allowed: string, example: string | undefined): ValueFinding {
  const key = String(path.at(-1));
  return {
    code: 'missing-key',
    path,
    message: `The required key "${key}" is missing or empty.`,
    seen: 'nothing',
    allowed,
    hint: example === undefined ? `add ${key}` : `add ${key}: ${example}`,
  };
}

function unknownValue(path: Path, values: readonly string[], document: SourceDocument): ValueFinding {
  if (!hasValue(document, path)) return missing(path, values.join(', '), values[0]);
  const text = document.textOf(path);
  const guess = text === undefined ? undefined : nearest(text.replace(/^["']|["']$/g, ''), values);
  return {
    code: 'unknown-value',
    path,
    message: guess
      ? `This is not one of the allowed values; did you mean "${guess}"?`
      : 'This is not one of the allowed values.',
    ...seenAt(document, path),
    allowed: values.join(', '),
    hint: `write ${guess ?? values.join(' or ')}`,
  };
}

function outOfRange(
  path: Path,
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  document: SourceDocument,
  node: SchemaNode | undefined,
): ValueFinding {
  const isSmall = issue.code === 'too_small';
  const limit = Number(isSmall ? issue.minimum : issue.maximum);
  const bound = `${isSmall ? 'at least' : 'at most'} ${String(limit)}`;
  if (issue.origin === 'array') {
    const entries = `${bound} ${limit === 1 ? 'entry' : 'entries'}`;
    return {
      code: 'out-of-range',
      path,
      message: `The list is too ${isSmall ? 'short: it needs' : 'long: it may have'} ${entries}.`,
      ...seenAt(document, path),
      allowed: entries,
      hint: isSmall ? `write ${entries}` : `leave ${entries}`,
    };
  }
  return {
    code: 'out-of-range',
    path,
    message: `${document.textOf(path) ?? 'This'} is too ${isSmall ? 'small' : 'large'}: the ${isSmall ? 'minimum' : 'maximum'} is ${String(limit)}.`,
    ...seenAt(document, path),
    allowed: allowedAt(node) ?? bound,
    hint: `choose ${bound}`,
  };
}

function badName(path: Path, issue: z.core.$ZodIssue, node: SchemaNode | undefined): ValueFinding[] {
  if (issue.code !== 'custom') {
    throw new Error(`The schema of a name reports "${issue.code}", for which there is no message.`);
  }
  return [{ path, ...valueProblem(issue, node), seen: String(path.at(-1)), hint: 'choose another name' }];
}

function valueProblem(issue: z.core.$ZodIssueCustom, node: SchemaNode | undefined): ValueProblem & { hint: string } {
  const { params } = issue;
  if (!params || typeof params['code'] !== 'string')
    throw new Error('A schema of ours reports a problem without params.');
  // Only the value schemas of this workspace report custom problems, all through this type.
  const problem = params as unknown as ValueProblem;
  const likeExample = node?.example === undefined ? 'correct the value' : `write it like ${node.example}`;
  return { ...problem, hint: problem.hint ?? likeExample };
}

function allowedAt(node: SchemaNode | undefined): string | undefined {
  if (!node) return undefined;
  if (node.allowed !== undefined) return node.allowed;
  return node.keys.length > 0 ? `a mapping with the keys ${node.keys.join(', ')}` : node.type;
}

/** A list or a mapping in a few words; the text of anything else is found by its place. */
function seenAt(document: SourceDocument, path: Path): { seen?: string } {
  const value = valueAt(document.data, path);
  if (Array.isArray(value))
    return { seen: `a list of ${String(value.length)} ${value.length === 1 ? 'entry' : 'entries'}` };
  if (value === null || typeof value !== 'object') return {};
  return { seen: `a mapping with ${Object.keys(value).join(', ') || 'nothing in it'}` };
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
      return 'a string';
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

function toPath(issue: z.core.$ZodIssue): Path {
  return issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
}

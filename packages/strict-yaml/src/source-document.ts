import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { DocumentCode } from './codes.ts';
import type { Finding, Path } from './issue.ts';
import { mostIssues } from './most-issues.ts';

/** The place of a value in its file, and its text as it stands there. */
export interface Place {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
}

/** A YAML file that could be parsed: its data, and where each value stands. */
export interface SourceDocument {
  readonly file: string;
  readonly data: unknown;
  /** The place of the value, or of the deepest part of the path that exists. */
  placeOf(path: Path): Place;
  /** The place of the key that leads to the value, rather than of the value. */
  placeOfKey(path: Path): Place;
  /** The text of a scalar as written, quotes included; undefined for lists, mappings and what is not there. */
  textOf(path: Path): string | undefined;
}

/** A problem of the text itself, found before there is a path. */
export interface SyntaxFinding extends Finding<DocumentCode> {
  readonly place: Place;
}

/**
 * Parses one YAML 1.2 document. With syntax findings `document` is undefined: what was read cannot be trusted. There may be
 * more of them than are told: `untold`.
 */
export function parseSource(
  file: string,
  text: string,
): { readonly document?: SourceDocument; readonly findings: readonly SyntaxFinding[]; readonly untold: number } {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter, version: '1.2', uniqueKeys: false, merge: false });
  const documents = 'empty' in parsed ? [] : parsed;
  const at = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const [document, second] = documents;
  if (!document) return { document: describe(file, undefined, at), findings: [], untold: 0 };
  const findings: SyntaxFinding[] = second ? [severalDocuments(at(second.range[0]))] : [];
  let count = findings.length;
  const note = (make: () => SyntaxFinding) => {
    count += 1;
    if (findings.length < mostIssues) findings.push(make());
  };
  for (const each of documents.slice(0, 2)) noteSyntax(each, at, note);
  const untold = count - findings.length;
  return count > 0 ? { findings, untold } : { document: describe(file, document, at), findings, untold };
}

/** Counts each problem, and makes the first of them. */
type Note = (make: () => SyntaxFinding) => void;

function noteSyntax(document: Document.Parsed, at: (offset: number) => Place, note: Note): void {
  // Unresolved tags are warnings of the parser; below they get a finding of their own.
  const problems = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  for (const problem of problems) {
    note(() => ({
      code: 'yaml-syntax',
      path: [],
      place: at(problem.pos[0]),
      message: firstLine(problem.message),
      hint: 'correct the text here or just above; an editor with YAML support shows the place',
    }));
  }
  visit(document, {
    Map: (_key, map) => {
      noteComplexKeys(map, at, note);
      noteDuplicateKeys(map, at, note);
    },
    Alias: (_key, node) => {
      note(() => ({
        code: 'yaml-alias',
        path: [],
        place: at(node.range?.[0] ?? 0),
        message: 'Aliases and merge keys are not taken.',
        hint: 'write the value out here',
      }));
    },
    Node: (_key, node) => {
      if (node.tag === undefined) return;
      note(() => ({
        code: 'yaml-tag',
        path: [],
        place: at(node.range?.[0] ?? 0),
        // Its text is not shown: it may be a secret that nobody has put in quotes.
        message: 'Tags are not taken.',
        hint: 'remove the tag; put a string into quotes',
      }));
    },
  });
}

/** A key is one word. What stands there instead is not shown: it may be a value that lacks its quotes, and a secret. */
function noteComplexKeys(map: YAMLMap, at: (offset: number) => Place, note: Note): void {
  for (const { key } of map.items) {
    if (!isCollection(key)) continue;
    note(() => ({
      code: 'yaml-syntax',
      path: [],
      place: at(key.range?.[0] ?? 0),
      message: 'A list or a mapping stands where a key has to be.',
      hint: 'write a word as the key; put a string into quotes',
    }));
  }
}

/** Found here and not by the parser, which compares each key with each other one. */
function noteDuplicateKeys(map: YAMLMap, at: (offset: number) => Place, note: Note): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (!seen.has(name)) {
      seen.add(name);
      continue;
    }
    note(() => ({
      code: 'yaml-duplicate-key',
      path: [],
      place: at(key.range?.[0] ?? 0),
      message: `The key "${name}" stands twice in one mapping.`,
      seen: name,
      allowed: 'each key once',
      hint: 'keep one of the two',
    }));
  }
}

function severalDocuments(place: Place): SyntaxFinding {
  return {
    code: 'yaml-several-documents',
    path: [],
    place,
    message: 'A second document begins here; the file may hold one.',
    hint: 'remove the "---", or move what follows into a file of its own',
  };
}

/** Without what the parser quotes of the text, which may be a secret. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n');
  return line
    .replace(/ at line \d+, column \d+:?$/, '')
    .replace(/: .*$/, '')
    .replace(/[.:]?$/, '.');
}

function describe(file: string, document: Document.Parsed | undefined, at: (offset: number) => Place): SourceDocument {
  const nodeAt = (path: Path): unknown => document?.getIn(path, true);
  const deepest = (path: Path): Place => {
    for (let length = path.length; length > 0; length--) {
      const key = keyNode(document, path.slice(0, length));
      const node = nodeAt(path.slice(0, length));
      const start = rangeStart(node) ?? rangeStart(key);
      if (start !== undefined) return at(start);
    }
    return at(rangeStart(document?.contents) ?? 0);
  };
  return {
    file,
    data: document?.toJS() ?? null,
    placeOf: deepest,
    placeOfKey: (path) => {
      const start = rangeStart(keyNode(document, path));
      return start === undefined ? deepest(path) : at(start);
    },
    textOf: (path) => {
      const node = nodeAt(path);
      if (!isScalar(node)) return undefined;
      const { source, type } = node;
      if (source === undefined) return undefined;
      if (type === 'QUOTE_DOUBLE') return JSON.stringify(source);
      return type === 'QUOTE_SINGLE' ? `'${source}'` : source;
    },
  };
}

function keyNode(document: Document.Parsed | undefined, path: Path): unknown {
  const last = path.at(-1);
  const parent = path.length === 1 ? document?.contents : document?.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(
    (item: Pair) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last),
  );
  return pair?.key;
}

function rangeStart(node: unknown): number | undefined {
  if (isScalar(node) || isCollection(node) || isAlias(node)) return node.range?.[0];
  return undefined;
}

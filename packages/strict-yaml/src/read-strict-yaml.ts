import type { z } from 'zod';
import { documentCodes, type DocumentCode } from './codes.ts';
import { countProblems, toFindings, type DocumentAdvice } from './findings.ts';
import { compareIssues, type CodeDescription, type Finding, type Issue, type Path } from './issue.ts';
import { mostIssues } from './most-issues.ts';
import { repair } from './repair.ts';
import { parseSource, type SourceDocument, type SyntaxFinding } from './source-document.ts';

export type Validated<T> =
  | { readonly ok: true; readonly value: T; readonly document: SourceDocument }
  | {
      readonly ok: false;
      readonly issues: readonly Issue<DocumentCode>[];
      /** What can be read in spite of the issues, so that further checks report in the same run. */
      readonly rest?: Rest<T>;
    };

/** A value of which parts were wrong and have been replaced or left out; see `Repaired`. */
export interface Rest<T> {
  readonly value: T;
  readonly document: SourceDocument;
  readonly touched: readonly Path[];
  readonly removed: readonly Path[];
}

/** Reads a file's text against a schema: the typed value, or every problem with its place, at most `mostIssues` of them, and how many more there are. */
export function readStrictYaml<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
  advice?: DocumentAdvice,
): Validated<z.output<S>> {
  const { document, findings, untold: untoldSyntax } = parseSource(file, text);
  if (!document) {
    const issues = findings.map((finding) => locateSyntax(file, finding)).sort(compareIssues);
    return { ok: false, issues: [...issues, ...moreIssues(file, text, untoldSyntax)] };
  }
  const result = schema.safeParse(document.data);
  if (result.success) return { ok: true, value: result.data, document };
  const issues = toFindings(result.error.issues, document, schema, advice)
    .map((finding) => locate(finding, document, documentCodes))
    .sort(compareIssues);
  const untold = countProblems(result.error.issues) - mostIssues;
  // What has so many is not worth a second look.
  if (untold >= 0) return { ok: false, issues: [...issues, ...moreIssues(file, text, untold)] };
  const { data, touched, removed } = repair(document.data, result.error.issues, schema);
  const rest = schema.safeParse(data);
  return { ok: false, issues, ...(rest.success && { rest: { value: rest.data, document, touched, removed } }) };
}

/** That there are more, at the end of the file, where it stands behind all others in every order. */
function moreIssues(file: string, text: string, untold: number): Issue<DocumentCode>[] {
  if (untold <= 0) return [];
  const lines = text.split('\n');
  const one: SyntaxFinding = {
    code: 'more-issues',
    path: [],
    place: { line: lines.length, column: (lines.at(-1) ?? '').length + 1 },
    message: `There ${untold === 1 ? 'is 1 more problem' : `are ${String(untold)} more problems`} in this file, which ${untold === 1 ? 'is' : 'are'} not told.`,
    hint: 'correct those that are told, and read the file again',
    untold,
  };
  return [locateSyntax(file, one)];
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

function locateSyntax(file: string, { place, ...finding }: SyntaxFinding): Issue<DocumentCode> {
  return { ...finding, severity: documentCodes[finding.code].severity, file, ...place };
}

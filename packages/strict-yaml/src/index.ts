export { documentCodes, type DocumentCode } from './codes.ts';
export {
  compareIssues,
  formatIssue,
  formatPath,
  type CodeDescription,
  type Finding,
  type Issue,
  type Path,
  type Severity,
} from './issue.ts';
export { describeSchema, innermost, keysOf, schemaAt, type SchemaNode } from './schema-tree.ts';
export type { Place, SourceDocument } from './source-document.ts';
export { locate, nearest, readStrictYaml, type Validated, type ValueProblem } from './validate.ts';

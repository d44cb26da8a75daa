export { documentCodes, type DocumentCode } from './codes.ts';
export {
  compareIssues,
  formatIssue,
  formatPath,
  isInside,
  type CodeDescription,
  type Finding,
  type Issue,
  type Path,
  type Severity,
} from './issue.ts';
export { describeSchema, innermost, keysOf, schemaAt, standIns, type SchemaNode } from './schema-tree.ts';
export type { Place, SourceDocument } from './source-document.ts';
export { type ValueProblem } from './findings.ts';
export { nearest } from './nearest.ts';
export { locate, readStrictYaml, type Rest, type Validated } from './read-strict-yaml.ts';

import { parseAllDocuments } from 'yaml';

/** The objects of a build, empty documents left out. */
export function parseBuild(yaml: string): unknown[] {
  const documents = parseAllDocuments(yaml);
  if ('empty' in documents) return [];
  return documents.map((document) => document.toJS() as unknown).filter((object) => object !== null);
}

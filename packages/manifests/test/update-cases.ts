/**
 * Rewrites test/cases/<name>/expected, of the named cases or of all: `pnpm exec tsx
 * packages/manifests/test/update-cases.ts [NAME…]`. It takes the generator for right: read the difference line by line.
 */
import { caseNames, writeBuiltRevisions, writeExpected } from './support/cases.ts';

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : caseNames()) {
  writeBuiltRevisions(name);
  writeExpected(name);
}

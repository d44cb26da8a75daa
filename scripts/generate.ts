// Writes what is made from the code itself; see scripts/generate.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorsPage } from '../packages/cli/src/docs/errors-page.ts';
import { logEventsPage } from '../packages/mesh-agent/src/log/events-page.ts';
import { topologyJsonSchema } from '../packages/cli/src/commands/schema.ts';
import { turnJsonSchema } from '../packages/cli/src/docs/turn-json-schema.ts';

const repository = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const outputs: Readonly<Record<string, string>> = {
  'docs/errors.md': errorsPage(),
  'docs/log-events.md': logEventsPage(),
  'schemas/meshrs/v1/turn-meshrs-v1.json': turnJsonSchema(),
  'schemas/topology.schema.json': topologyJsonSchema(),
};

const stale = Object.entries(outputs).filter(([path, text]) => read(join(repository, path)) !== text);
for (const [path, text] of stale) {
  if (isCheck) {
    process.stderr.write(`${path} is not what the code makes.\n  do:      scripts/generate\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(join(repository, path)), { recursive: true });
  writeFileSync(join(repository, path), text);
  process.stderr.write(`==> wrote ${path}\n`);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

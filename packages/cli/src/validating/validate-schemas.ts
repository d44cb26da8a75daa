import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectId } from '@meshrs/manifests';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { readJunit, type JunitCase } from './junit.ts';
import { problem, type Problem } from '../problems/problem.ts';
import { runTool } from '../tools/run-tool.ts';
import type { SchemaSet } from './schema-sets.ts';

/** Objects to validate, as one stream of YAML. */
export interface ValidatedObjects {
  /** "overlays/dci": for messages. */
  readonly where: string;
  readonly yaml: string;
  readonly objects: readonly unknown[];
  /** Whether meshrs has made the object of an id; for its kind there must be a schema. */
  readonly isGenerated: (id: string) => boolean;
}

/** What kubeconform says of objects by the schemas of one version. */
export interface SchemaVerdict {
  readonly problems: readonly Problem[];
  /** kubeconform's own report. */
  readonly junit: string;
  /** How many objects it has validated. */
  readonly validated: number;
}

/**
 * Holds a build against JSON schemas, as a file: from its standard input kubeconform has a data race. Every object of
 * the build must be in the report, by name.
 */
export async function validateSchemas(
  kubeconform: string,
  repository: string,
  { where, yaml, objects, isGenerated }: ValidatedObjects,
  set: SchemaSet,
): Promise<SchemaVerdict> {
  mkdirSync(scratchFolder(repository), { recursive: true });
  const folder = mkdtempSync(join(scratchFolder(repository), 'schemas-'));
  try {
    const file = join(folder, `${where.replaceAll('/', '-')}.yaml`);
    writeFileSync(file, yaml);
    const locations = set.locations.flatMap((location) => ['-schema-location', location]);
    const args = ['-strict', '-reject', 'Secret', '-output', 'junit', ...locations, file];
    const { stdout, stderr } = await runTool(kubeconform, args);
    const cases = parse(stdout, stderr);
    return {
      problems: [
        ...cases.flatMap((each) => toProblem(each, where, isGenerated, set)),
        ...countProblems(cases, objects, where, set),
      ],
      junit: stdout.replaceAll(`${folder}/`, `${where}/`),
      validated: cases.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parse(stdout: string, stderr: string): JunitCase[] {
  try {
    return readJunit(stdout);
  } catch (error) {
    throw new Failure({
      code: 'tool-failed',
      message: `kubeconform printed no report: ${stderr.trim() || messageOf(error)}`,
      next: 'run scripts/ensure kubeconform, which sets up the pinned version',
      cause: error,
    });
  }
}

function toProblem(
  each: JunitCase,
  where: string,
  isGenerated: ValidatedObjects['isGenerated'],
  set: SchemaSet,
): Problem[] {
  if (each.status === 'passed') return [];
  const id = idOf(each);
  const isUnknownKind = each.status === 'skipped' || each.message.startsWith('could not find schema');
  if (isUnknownKind && !isGenerated(id)) {
    return [
      problem('schema-missing', {
        where: `${where}: ${id}`,
        message: 'schemas/ holds no schema for this kind, so its form was not validated.',
        seen: each.className,
        hint: 'check it against the cluster yourself: kubectl apply --dry-run=server --validate=strict',
      }),
    ];
  }
  return [
    problem('schema-invalid', {
      where: `${where}: ${id}`,
      message: `On ${set.name}: ${firstSentences(each.message)}`,
      seen: each.className,
      hint: 'correct the object; a generated one is a fault of meshrs unless the custom folder patches it',
    }),
  ];
}

/** Without the schema's file, which says nothing to a reader. */
function firstSentences(message: string): string {
  return message
    .replace(
      /^problem validating schema\. Check JSON formatting: jsonschema validation failed with '[^']*'\s*-?\s*/,
      '',
    )
    .trim();
}

/** The objects that a report leaves out, or adds, by name. */
function countProblems(
  cases: readonly JunitCase[],
  objects: readonly unknown[],
  where: string,
  set: SchemaSet,
): Problem[] {
  const reported = cases.map(idOf).sort();
  const built = objects.map(nameOf).sort();
  const missing = without(built, reported);
  const added = without(reported, built);
  if (missing.length === 0 && added.length === 0) return [];
  return [
    problem('resource-count', {
      where,
      message: `kubeconform validated ${String(reported.length)} objects on ${set.name}; the build has ${String(built.length)}.`,
      seen: [...missing.map((id) => `without ${id}`), ...added.map((id) => `with ${id}`)].join(', '),
      allowed: 'every object once',
      hint: 'look for an object without kind or name, and for two of one name',
    }),
  ];
}

/** A multiset difference. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return all.filter((each) => {
    const index = rest.indexOf(each);
    if (index < 0) return true;
    rest.splice(index, 1);
    return false;
  });
}

function idOf({ className, name }: JunitCase): string {
  const at = className.indexOf('@');
  const slash = name.indexOf('/');
  return objectId({
    apiVersion: className.slice(at + 1),
    kind: className.slice(0, at),
    metadata: slash < 0 ? { name } : { namespace: name.slice(0, slash), name: name.slice(slash + 1) },
  });
}

function nameOf(object: unknown): string {
  const { apiVersion, kind, metadata } = (object ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown };
  };
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const namespace = text(metadata?.namespace);
  return objectId({
    apiVersion: text(apiVersion),
    kind: text(kind),
    metadata: { name: text(metadata?.name), ...(namespace !== '' && { namespace }) },
  });
}

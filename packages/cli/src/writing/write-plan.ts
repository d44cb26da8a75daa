import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { journalFolder, listName, ownerName, readText, wasAbandoned } from './journal.ts';
import { processIdentity } from '../tools/process-identity.ts';

/** What happens to files of a tree. */
export interface TreeChange {
  /** In the order in which they are written. */
  readonly writes: readonly { readonly path: string; readonly content: Buffer }[];
  readonly removals: readonly string[];
}

/**
 * Writes a plan so that all of it happens or nothing: new content and a copy of the old are put aside first, then
 * listed in a journal, and only then files are exchanged, one rename each. Where it fails, or the process dies, the
 * copies go back: at once, or at the next build (`recoverBuild`). After a power cut files may be empty as well; then
 * their hashes in generated.json tell, and git has them.
 */
export function writePlan(repository: string, plan: TreeChange): void {
  const journal = journalFolder(repository);
  begin(journal);
  try {
    const operations = [
      ...plan.writes.map(({ path, content }) => prepare(repository, journal, path, content)),
      ...plan.removals.map((path) => prepare(repository, journal, path)),
    ];
    writeFileSync(join(journal, `${listName}.draft`), JSON.stringify(operations));
    renameSync(join(journal, `${listName}.draft`), join(journal, listName));
    for (const operation of operations) exchange(repository, journal, operation);
  } catch (error) {
    takeAllBack(repository, journal);
    rmSync(journal, { recursive: true });
    throw new Failure({
      code: 'cannot-write',
      message: `The generated files cannot be written: ${messageOf(error)}. Nothing was changed.`,
      next: 'free the disk or correct the permissions, then run: pnpm build',
      cause: error,
    });
  }
  for (const path of plan.removals) removeEmptyFolders(repository, path);
  rmSync(journal, { recursive: true });
}

/** Takes back what an interrupted build has written. Returns the files that are as before it again. */
export function recoverBuild(repository: string): string[] {
  if (!wasAbandoned(repository)) return [];
  const journal = journalFolder(repository);
  const operations = takeAllBack(repository, journal);
  rmSync(journal, { recursive: true });
  return operations.map(({ path }) => path);
}

const operationSchema = z.strictObject({
  path: z.string(),
  /** Whether the file was there before; its content is then under old/. */
  existed: z.boolean(),
  /** Whether it is there afterwards; its content is under new/ until it is exchanged. */
  exists: z.boolean(),
});

type Operation = z.output<typeof operationSchema>;

/**
 * The folder is the lock: two builds at once would mix their files. It appears with its owner in it, so that nobody takes
 * it for an abandoned one.
 */
function begin(journal: string): void {
  mkdirSync(dirname(journal), { recursive: true });
  const draft = mkdtempSync(`${journal}-`);
  writeFileSync(join(draft, ownerName), processIdentity(process.pid) ?? '');
  try {
    renameSync(draft, journal);
  } catch (error) {
    rmSync(draft, { recursive: true });
    throw new Failure({
      code: 'build-running',
      message: `Another build is writing: ${journal} cannot be taken (${messageOf(error)}).`,
      next: 'wait for it, then run: pnpm build',
      cause: error,
    });
  }
}

/** Nothing is exchanged before the list is there. */
function takeAllBack(repository: string, journal: string): Operation[] {
  const list = readText(join(journal, listName));
  if (list === undefined) return [];
  const operations = z.array(operationSchema).parse(JSON.parse(list));
  for (const operation of operations) takeBack(repository, journal, operation);
  return operations;
}

function prepare(repository: string, journal: string, path: string, content?: Buffer): Operation {
  const existed = existsSync(join(repository, path));
  if (existed) put(join(journal, 'old', path), readFileSync(join(repository, path)));
  if (content) put(join(journal, 'new', path), content);
  return { path, existed, exists: content !== undefined };
}

function exchange(repository: string, journal: string, { path, exists }: Operation): void {
  const target = join(repository, path);
  if (!exists) {
    rmSync(target);
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  renameSync(join(journal, 'new', path), target);
}

/** Works on a file that was not exchanged yet, too: it gets the content that it has. */
function takeBack(repository: string, journal: string, { path, existed }: Operation): void {
  const target = join(repository, path);
  if (existed) {
    mkdirSync(dirname(target), { recursive: true });
    const copy = join(journal, 'back', path);
    put(copy, readFileSync(join(journal, 'old', path)));
    renameSync(copy, target);
    return;
  }
  if (existsSync(target)) rmSync(target);
  removeEmptyFolders(repository, path);
}

function put(path: string, content: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function removeEmptyFolders(repository: string, path: string): void {
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const absolute = join(repository, folder);
    // It may never have been made, because a file stands in its place.
    if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    if (readdirSync(absolute).length > 0) return;
    rmdirSync(absolute);
  }
}

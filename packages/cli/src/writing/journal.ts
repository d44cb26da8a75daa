import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from '../tools/process-identity.ts';
import { scratchFolder } from '../repository/scratch-folder.ts';
import { isMissing } from '../repository/tree.ts';

/** What a build that writes keeps until it is done: its owner, the list of its operations, and old and new content. */
export const ownerName = 'owner';
export const listName = 'operations.json';

export function journalFolder(repository: string): string {
  return join(scratchFolder(repository), 'journal');
}

/** Whether a build died between taking the journal and removing it. One that still runs has not. */
export function wasAbandoned(repository: string): boolean {
  const journal = journalFolder(repository);
  return existsSync(journal) && !isOwned(journal);
}

/** Whether a build died while it wrote. */
export function wasInterrupted(repository: string): boolean {
  return wasAbandoned(repository) && existsSync(join(journalFolder(repository), listName));
}

/** Whether the build that made a journal still runs. */
function isOwned(journal: string): boolean {
  const owner = readText(join(journal, ownerName));
  const pid = Number.parseInt(owner ?? '', 10);
  return !Number.isNaN(pid) && processIdentity(pid) === owner;
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

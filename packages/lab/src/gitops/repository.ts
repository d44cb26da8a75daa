import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Push } from '../argocd/webhook.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';

/** The lab's own repository: a bare one that is served, and a work tree in which commits are made. */
export interface LabRepository {
  readonly bare: string;
  readonly work: string;
  readonly branch: string;
  readonly git: string;
}

/** Name of the repository in its address. */
export const repositoryName = 'meshrs.git';

export function servedFolder(lab: Lab): string {
  return join(lab.paths.state, 'gitops');
}

export function repositoryOf(lab: Lab, git: string, branch: string): LabRepository {
  const folder = servedFolder(lab);
  return { bare: join(folder, 'git', repositoryName), work: join(folder, 'work'), branch, git };
}

export async function makeRepository(repository: LabRepository): Promise<void> {
  const { bare, work, branch } = repository;
  for (const folder of [bare, work]) mkdirSync(folder, { recursive: true });
  await git(repository, ['init', '--quiet', '--bare', `--initial-branch=${branch}`, bare]);
  await git(repository, ['init', '--quiet', `--initial-branch=${branch}`, work]);
  await git(repository, ['-C', work, 'remote', 'add', 'origin', bare]);
}

/** Puts a tree of files in the place of everything that stands in the work tree. */
export function replaceWork({ work }: LabRepository, tree: string): void {
  for (const name of readdirSync(work)) {
    if (name !== '.git') rmSync(join(work, name), { recursive: true });
  }
  cpSync(tree, work, { recursive: true });
}

/** Commits what stands in the work tree and pushes it; undefined when nothing has changed. */
export async function commitAndPush(repository: LabRepository, subject: string): Promise<Push | undefined> {
  const { work, branch } = repository;
  const inWork = (...args: readonly string[]): Promise<string> => git(repository, ['-C', work, ...args]);
  await inWork('add', '--all');
  if ((await inWork('status', '--porcelain')) === '') return undefined;
  const before = await headOf(repository);
  await inWork('commit', '--quiet', `--message=${subject}`);
  await inWork('push', '--quiet', 'origin', branch);
  const after = await headOf(repository);
  const changed = await inWork('show', '--format=', '--name-status', '--no-renames', after);
  const ofKind = (letter: string): string[] =>
    changed.split('\n').flatMap((line) => (line.startsWith(`${letter}\t`) ? [line.slice(2)] : []));
  return { branch, before, after, added: ofKind('A'), modified: ofKind('M'), removed: ofKind('D') };
}

/** The newest commit; forty zeros before the first one, as git says it of a branch that is not there. */
async function headOf(repository: LabRepository): Promise<string> {
  const { work, branch } = repository;
  const text = await git(repository, ['-C', work, 'for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`]);
  return text.trim() || '0'.repeat(40);
}

/** The user's own settings (signatures, hooks, names) have no part in it. */
function git(repository: LabRepository, args: readonly string[]): Promise<string> {
  const name = 'meshrs lab';
  const mail = 'lab@meshrs.invalid';
  return run([repository.git, ...args], {
    env: {
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: mail,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: mail,
    },
  });
}

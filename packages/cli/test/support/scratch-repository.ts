import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { locateValidationTools } from '../../src/tools/validation-tools.ts';
import { scratchFolderOfTest } from './scratch-folder.ts';

/** The clone in which the tests run; it holds the pinned tools and the schemas. */
export const clone = join(import.meta.dirname, '../../../..');

export const tools = locateValidationTools(clone);

/** A repository of a user in a folder of its own, removed when the test ends. */
export interface ScratchRepository {
  readonly path: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Replaces a text that is there. */
  edit(path: string, from: string | RegExp, to: string): void;
  remove(path: string): void;
  commit(): void;
}

/** Holds topologies/dci.yaml and the custom folder of a case of packages/manifests/test/cases. */
export function scratchRepository(name = 'frr'): ScratchRepository {
  const { path, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  return fill(path, name);
}

/** The same for all tests of a file, each of which works in a copy (`copyOf`). */
export function sharedRepository(): ScratchRepository & { readonly delete: () => void } {
  const { path, remove } = scratchFolderOfTest();
  return { ...fill(path, 'frr'), delete: remove };
}

/** A copy with its commits, removed when the test ends. */
export function copyOf(repository: ScratchRepository): ScratchRepository {
  const { path, remove } = scratchFolderOfTest();
  onTestFinished(remove);
  cpSync(repository.path, path, { recursive: true });
  return repositoryAt(path);
}

function fill(path: string, name: string): ScratchRepository {
  const repository = repositoryAt(path);
  execFileSync('git', ['-C', path, 'init', '--quiet'], { stdio: 'pipe' });
  repository.write('.gitignore', '.cache/\n');
  repository.write('topologies/dci.yaml', topologyOf(name));
  const custom = join(cases, name, 'custom');
  if (existsSync(custom)) cpSync(custom, join(path, 'overlays/dci/custom'), { recursive: true });
  return repository;
}

function repositoryAt(path: string): ScratchRepository {
  const git = (...args: string[]): void => {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    execFileSync('git', ['-C', path, ...identity, ...args], { stdio: 'pipe' });
  };
  const repository: ScratchRepository = {
    path,
    read: (file) => readFileSync(join(path, file), 'utf8'),
    write: (file, text) => {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    edit: (file, from, to) => {
      const text = repository.read(file);
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`${file} does not hold ${String(from)}`);
      repository.write(file, edited);
    },
    remove: (file) => {
      rmSync(join(path, file), { recursive: true });
    },
    commit: () => {
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'test');
    },
  };
  return repository;
}

const cases = join(clone, 'packages/manifests/test/cases');

/** The names of all cases. */
export function caseNames(): string[] {
  return readdirSync(cases).sort();
}

/** Those that a build takes: an engine that nothing can run yet is rendered, and refused. */
export function buildableCases(): string[] {
  return caseNames().filter((name) => !topologyOf(name).includes('engine: crpd'));
}

/** The scratch repository of any case, with the tree that its build gives or would give. */
export function scratchRepositoryWithTree(name: string): ScratchRepository {
  const repository = scratchRepository(name);
  cpSync(join(cases, name, 'expected'), repository.path, { recursive: true });
  return repository;
}

/** The text of a case's topology. */
export function topologyOf(name: string): string {
  return readFileSync(join(cases, name, 'topology.yaml'), 'utf8');
}

/** A component of the user in overlays/dci/custom: its files, and what else its kustomization says. */
export function writeCustom(repository: ScratchRepository, files: Readonly<Record<string, string>>, more = ''): void {
  for (const [name, text] of Object.entries(files)) repository.write(`overlays/dci/custom/${name}`, text);
  const names = Object.keys(files).filter((name) => name.endsWith('.yaml'));
  const resources = names.length > 0 ? `resources: [${names.join(', ')}]\n` : '';
  repository.write(
    'overlays/dci/custom/kustomization.yaml',
    `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${resources}${more}`,
  );
}

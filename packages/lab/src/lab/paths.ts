import { join } from 'node:path';

/** Where a lab keeps what it knows and writes. */
export interface LabPaths {
  readonly repository: string;
  /** Everything but sockets. */
  readonly state: string;
  readonly logs: string;
  readonly processes: string;
  /** Sockets, whose paths may have 107 characters only, and who owns the lab. */
  readonly run: string;
  readonly owner: string;
}

/** Folders of all labs. */
export const runRoot = '/run/meshrs-lab';

export function labPaths(repository: string, name: string): LabPaths {
  const state = join(stateRoot(repository), name);
  const run = join(runRoot, name);
  return {
    repository,
    state,
    logs: join(state, 'logs'),
    processes: join(state, 'processes'),
    run,
    owner: join(run, 'owner.json'),
  };
}

export function stateRoot(repository: string): string {
  return join(repository, '.lab');
}

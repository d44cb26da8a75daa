import { readServer } from '../cluster/connect.ts';
import type { Lab } from '../lab/lab.ts';
import { gitopsPorts } from './ports.ts';

/** Where Argo CD's server is reached from this machine. */
export function argoCdUrl(lab: Lab): string {
  return `http://${readServer(lab).hostname}:${String(gitopsPorts.server)}`;
}

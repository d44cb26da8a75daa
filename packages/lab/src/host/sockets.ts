import { statSync } from 'node:fs';
import { systemCode } from './failure.ts';

/** Whether a unix socket stands there; its program has called listen(2) by then, or is about to. */
export function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

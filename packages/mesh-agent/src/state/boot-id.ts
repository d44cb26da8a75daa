import { readFileSync } from 'node:fs';

/** Which boot of the machine this is (random(4)); undefined where the system does not say. */
export function readBootId(file = '/proc/sys/kernel/random/boot_id'): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    // Not Linux, or no /proc: the caller counts every record as another boot's, and says so.
    return undefined;
  }
}

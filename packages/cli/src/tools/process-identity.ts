import { readFileSync } from 'node:fs';

/**
 * Tells a process from any other, a later one with the same number included: its number, the boot and the moment it
 * started (proc(5): /proc/PID/stat, field 22). Where there is no /proc the number has to do.
 */
export function processIdentity(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field, the command in parentheses, may hold blanks.
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${String(pid)} ${boot} ${startTime}`;
  } catch {
    // No /proc, or no such process.
    return isAlive(pid) ? String(pid) : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

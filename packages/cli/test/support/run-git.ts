import { execFileSync } from 'node:child_process';

/** Runs git in a folder, as nobody in particular, and gives what it printed. */
export function runGit(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  const settings = [...identity, '-c', 'protocol.file.allow=always'];
  return execFileSync('git', ['-C', folder, ...settings, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatIssues, toJson } from '../output/issues.ts';
import type { Terminal } from '../terminal.ts';
import { readTopologies } from '../topology-files.ts';

export interface CheckOptions {
  readonly json: boolean;
}

/** `meshrs check [FILE…]`: everything that is wrong with the topologies, in one run. */
export function check(terminal: Terminal, paths: readonly string[], options: CheckOptions): ExitCode {
  const { files, issues } = readTopologies(terminal.cwd, paths);
  const hasErrors = issues.some(({ severity }) => severity === 'error');
  const names = files.map(({ file }) => file);
  if (options.json) {
    terminal.writeOut(`${JSON.stringify({ ok: !hasErrors, files: names, issues: issues.map(toJson) }, null, 2)}\n`);
  } else {
    const subject = names.length === 1 ? (names[0] ?? '') : `${String(names.length)} topologies`;
    terminal.writeOut(`${formatIssues(issues, subject)}\n`);
  }
  return hasErrors ? exitCodes.issues : exitCodes.ok;
}

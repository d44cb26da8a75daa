import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import { formatIssues, toJson } from '../output/issues.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { readTopologyTexts } from '../topologies/topology-files.ts';
import type { CheckCommandOptions } from './check-options.ts';

/** `meshrs check [FILE…]`: the named topologies alone, or everything of the repository; all problems in one run. */
export async function check(
  terminal: Terminal,
  paths: readonly string[],
  options: CheckCommandOptions,
): Promise<ExitCode> {
  if (paths.length > 0) return checkTopologies(terminal, paths, options);
  // Loaded only now: an editor that checks one file does not wait for the validators, nor they for the readers.
  const { checkRepository } = await import('./check-repository.ts');
  return checkRepository(terminal, options);
}

async function checkTopologies(
  terminal: Terminal,
  paths: readonly string[],
  options: CheckCommandOptions,
): Promise<ExitCode> {
  // Rendered too: what stands against generating is an error here as it is in a build.
  const { renderTopologies } = await import('../generating/render-topologies.ts');
  const texts = readTopologyTexts(terminal.cwd, paths);
  const { issues, hasErrors } = renderTopologies(texts, []);
  const names = texts.map(({ file }) => file);
  if (options.json) {
    terminal.writeOut(`${JSON.stringify({ ok: !hasErrors, files: names, issues: issues.map(toJson) }, null, 2)}\n`);
  } else {
    const subject = names.length === 1 ? (names[0] ?? '') : `${String(names.length)} topologies`;
    terminal.writeOut(`${formatIssues(issues, subject)}\n`);
  }
  return hasErrors ? exitCodes.issues : exitCodes.ok;
}

import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { runJudges, type JudgeReport } from '../judges/run-judges.ts';
import { formatIssues, toJson } from '../output/issues.ts';
import { count, countFindings, formatFindings } from '../output/report.ts';
import type { Terminal } from '../terminal.ts';
import { findRepository, readTopologies } from '../topology-files.ts';

export interface CheckOptions {
  readonly json: boolean;
  readonly allowBothSides: boolean;
  readonly allowRemoval: boolean;
  readonly base: string | undefined;
  readonly junit: string | undefined;
}

/** `meshrs check [FILE…]`: the named topologies alone, or everything of the repository; all problems in one run. */
export async function check(terminal: Terminal, paths: readonly string[], options: CheckOptions): Promise<ExitCode> {
  return paths.length > 0 ? checkTopologies(terminal, paths, options) : checkRepository(terminal, options);
}

function checkTopologies(terminal: Terminal, paths: readonly string[], options: CheckOptions): ExitCode {
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

async function checkRepository(terminal: Terminal, options: CheckOptions): Promise<ExitCode> {
  const { json, base, junit, ...permissions } = options;
  const report = await runJudges({
    repository: findRepository(terminal.cwd),
    ...permissions,
    ...(base !== undefined && { base }),
    ...(junit !== undefined && { junitFolder: junit }),
    ...(terminal.programIdentity !== undefined && { programIdentity: terminal.programIdentity }),
  });
  if (json) {
    terminal.writeOut(`${JSON.stringify({ ...report, issues: report.issues.map(toJson) }, null, 2)}\n`);
  } else {
    const findings = formatFindings(report);
    if (findings !== '') terminal.writeOut(`${findings}\n\n`);
    for (const line of judged(report)) terminal.writeOut(`${line}\n`);
    terminal.writeOut(`${countFindings(report)}\n`);
  }
  return report.ok ? exitCodes.ok : exitCodes.issues;
}

/** What was judged, cluster by cluster, so that silence is never taken for approval. */
function judged({ verdicts }: JudgeReport): string[] {
  return verdicts.flatMap(({ cluster, generated, custom, waived, junit }) => [
    `overlays/${cluster}: ${count(generated.length, 'generated object')} and ${count(custom.length, 'object')} of custom/, held against kustomize, kubeconform (Kubernetes ${Object.keys(junit).join(' and ')}) and the rules`,
    ...waived.map(({ rule, object, reason }) => `  waived: lint/${rule} at ${object}: ${reason}`),
  ]);
}

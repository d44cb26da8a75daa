import { dirname } from 'node:path/posix';
import { runBuild } from '../building/run-build.ts';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import { toJson } from '../output/issues.ts';
import { count } from '../output/count.ts';
import { countFindings, formatBase, formatFindings, formatSecrets } from '../output/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findRepository } from '../topologies/topology-files.ts';

export interface BuildCommandOptions {
  readonly json: boolean;
  readonly force: boolean;
  readonly allowBothSides: boolean;
  readonly allowRemoval: boolean;
  readonly base: string | undefined;
}

/** `meshrs build`: writes everything that is generated, or nothing and why. */
export async function build(terminal: Terminal, options: BuildCommandOptions): Promise<ExitCode> {
  const { json, base, ...permissions } = options;
  const repository = findRepository(terminal.cwd);
  const report = await runBuild({
    repository,
    ...permissions,
    ...(base !== undefined && { base }),
    ...(terminal.programIdentity !== undefined && { programIdentity: terminal.programIdentity }),
  });
  if (json) {
    terminal.writeOut(`${JSON.stringify({ ...report, issues: report.issues.map(toJson) }, null, 2)}\n`);
    return report.ok ? exitCodes.ok : exitCodes.issues;
  }
  const findings = formatFindings(report);
  if (findings !== '') terminal.writeOut(`${findings}\n\n`);
  if (report.base) terminal.writeOut(`${formatBase(report.base)}\n`);
  for (const path of report.recovered)
    terminal.writeOut(`taken back, an earlier build had left it half-written: ${path}\n`);
  terminal.writeOut(
    report.ok
      ? `wrote ${count(report.written.length, 'file')}, removed ${count(report.removed.length, 'file')}, ${String(report.unchanged)} unchanged\n`
      : `nothing was written: ${countFindings(report)}\n`,
  );
  const told = report.comparisons.flatMap(({ acts }) => acts.flatMap(({ commands }) => commands)).join('\n');
  const byHand = report.written.filter(isAppliedByHand).filter((path) => !isTold(told, path));
  if (byHand.length > 0) {
    terminal.writeOut(
      `Argo CD does not apply these for itself (docs/operations.md, "Argo CD"):\n${byHand.map((path) => `  kubectl apply --server-side --field-manager=meshrs -f ${path}\n`).join('')}`,
    );
  }
  const secrets = formatSecrets(report.requiredSecrets);
  if (report.ok && report.written.length > 0 && secrets !== '') {
    terminal.writeOut(`Secrets that you make yourself, once:\n${secrets}\n`);
  }
  return report.ok ? exitCodes.ok : exitCodes.issues;
}

function isAppliedByHand(path: string): boolean {
  return /^clusters\/[^/]+\/(bootstrap\.yaml|argocd\/)/.test(path);
}

/** Among what there is to do beside the change, by its own path or that of its folder. */
function isTold(told: string, path: string): boolean {
  return told.includes(path) || `${told}\n`.includes(`${dirname(path)}/\n`);
}

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bootstrapFile, settingsFolder } from '@meshrs/manifests/folders';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { ArgoCdVerdict } from '../validating/validate-argo-cd.ts';
import type { ClusterVerdict } from '../validating/cluster-verdict.ts';
import { runCheck, type CheckReport } from '../checking/run-check.ts';
import { toJson } from '../output/issues.ts';
import { count } from '../output/count.ts';
import { formatMarkdown } from '../output/markdown.ts';
import { countFindings, formatBase, formatFindings } from '../output/report.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findRepository } from '../topologies/topology-files.ts';
import type { CheckCommandOptions } from './check-options.ts';

/** Holds topologies, generated files and what a commit disturbs against every validator. */
export async function checkRepository(terminal: Terminal, options: CheckCommandOptions): Promise<ExitCode> {
  const { json, base, junit, summary, ...permissions } = options;
  const report = await runCheck({
    repository: findRepository(terminal.cwd),
    ...permissions,
    ...(base !== undefined && { base }),
    ...(junit !== undefined && { junitFolder: junit }),
    ...(terminal.programIdentity !== undefined && { programIdentity: terminal.programIdentity }),
  });
  if (summary !== undefined) writeFileSync(resolve(terminal.cwd, summary), formatMarkdown(report, report.base));
  if (json) {
    terminal.writeOut(`${JSON.stringify({ ...report, issues: report.issues.map(toJson) }, null, 2)}\n`);
  } else {
    const findings = formatFindings(report);
    if (findings !== '') terminal.writeOut(`${findings}\n\n`);
    for (const line of validated(report)) terminal.writeOut(`${line}\n`);
    if (report.base) terminal.writeOut(`${formatBase(report.base)}\n`);
    terminal.writeOut(`${countFindings(report)}\n`);
  }
  return report.ok ? exitCodes.ok : exitCodes.issues;
}

/** What was validated, cluster by cluster, so that silence is never taken for approval. */
function validated({ verdicts, argoCd }: CheckReport): string[] {
  return [...verdicts.flatMap(overlayValidated), ...argoCd.map(argoCdValidated)];
}

function overlayValidated({ cluster, generated, custom, waived, junit }: ClusterVerdict): string[] {
  return [
    `overlays/${cluster}: ${count(generated.length, 'generated object')} and ${count(custom.length, 'object')} of custom/, held against kustomize, kubeconform (Kubernetes ${Object.keys(junit).join(' and ')}) and the rules`,
    ...waived.map(({ rule, object, reason }) => `  waived: lint/${rule} at ${object}: ${reason}`),
  ];
}

/** "Argo CD 3.2 and 3.5, Kubernetes 1.35 and 1.36": whose schemas the reports are of. */
function programs(junit: ArgoCdVerdict['junit']): string {
  const of = (report: string): string[] =>
    Object.keys(junit).flatMap((about) => (about.startsWith(report) ? [about.slice(report.length)] : []));
  const kubernetes = of('interlock-');
  return [
    `Argo CD ${of('argocd-').join(' and ')}`,
    ...(kubernetes.length > 0 ? [`Kubernetes ${kubernetes.join(' and ')}`] : []),
  ].join(', ');
}

/** Also where to find what no commit applies, since Argo CD cannot do it for itself. */
function argoCdValidated({ cluster, objects, junit }: ArgoCdVerdict): string {
  return `clusters/${cluster}: ${count(objects, 'object')}, held against kustomize and kubeconform (${programs(junit)}); to be applied by hand: ${bootstrapFile(cluster)} and ${settingsFolder(cluster)}/ (docs/operations.md, "Argo CD")`;
}

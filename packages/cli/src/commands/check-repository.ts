import { bootstrapFile, settingsFolder } from '@meshrs/manifests/folders';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { ArgoCdVerdict } from '../judges/judge-argo-cd.ts';
import type { ClusterVerdict } from '../judges/judge-cluster.ts';
import { runJudges, type JudgeReport } from '../judges/run-judges.ts';
import { toJson } from '../output/issues.ts';
import { count, countFindings, formatFindings } from '../output/report.ts';
import type { Terminal } from '../terminal.ts';
import { findRepository } from '../topology-files.ts';
import type { CheckOptions } from './check.ts';

/** Holds topologies, generated files and what a commit disturbs against every judge. */
export async function checkRepository(terminal: Terminal, options: CheckOptions): Promise<ExitCode> {
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
function judged({ verdicts, argoCd }: JudgeReport): string[] {
  return [...verdicts.flatMap(overlayJudged), ...argoCd.map(argoCdJudged)];
}

function overlayJudged({ cluster, generated, custom, waived, junit }: ClusterVerdict): string[] {
  return [
    `overlays/${cluster}: ${count(generated.length, 'generated object')} and ${count(custom.length, 'object')} of custom/, held against kustomize, kubeconform (Kubernetes ${Object.keys(junit).join(' and ')}) and the rules`,
    ...waived.map(({ rule, object, reason }) => `  waived: lint/${rule} at ${object}: ${reason}`),
  ];
}

/** Also where to find what no commit applies, since Argo CD cannot do it for itself. */
function argoCdJudged({ cluster, objects, junit }: ArgoCdVerdict): string {
  return `clusters/${cluster}: ${count(objects, 'object')}, held against kustomize and kubeconform (Argo CD ${Object.keys(junit).join(' and ')}); to be applied by hand: ${bootstrapFile(cluster)} and ${settingsFolder(cluster)}/ (docs/operations.md, "Argo CD")`;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { LabFailure } from '../host/failure.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import { backendValues } from '../metallb/render-chart.ts';

const path = ['spec', 'source', 'helm', 'valuesObject'];

/** Adds to the generated Application of MetalLB what the lab sets in its chart: where images are, and brisk probes. */
export function addLabValues(clusterFolder: string, backend: MetallbBackend): void {
  const file = join(clusterFolder, 'apps/metallb.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (!isMap(document.getIn(path))) {
    throw new LabFailure({
      code: 'topology-unfit',
      message: `${file} has no ${path.join('.')}: a lab with Argo CD installs MetalLB by its chart.`,
      next: 'leave metallb.chart.install at true, or bring the lab up without --gitops',
    });
  }
  for (const { keys, value } of leavesOf(backendValues[backend])) document.setIn([...path, ...keys], value);
  writeFileSync(file, document.toString());
}

interface Leaf {
  readonly keys: readonly string[];
  readonly value: unknown;
}

function leavesOf(value: unknown, keys: readonly string[] = []): Leaf[] {
  if (typeof value !== 'object' || value === null) return [{ keys, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...keys, key]));
}

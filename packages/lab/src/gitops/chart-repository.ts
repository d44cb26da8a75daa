import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';
import type { Tools } from '../lab/tools.ts';
import { servedFolder } from './repository.ts';

/** Makes a repository of charts with MetalLB's own, of the version from which its programs were built. */
export async function makeChartRepository(lab: Lab, tools: Tools, version: string): Promise<void> {
  const chart = join(await moduleFolder('metallb'), 'charts/metallb');
  await packageChart(lab, tools, chart, { version, programs: version });
}

/** `programs`: the version of the programs, by which the chart names their images. */
export async function packageChart(
  lab: Lab,
  tools: Tools,
  chart: string,
  { version, programs }: { readonly version: string; readonly programs: string },
): Promise<void> {
  const folder = join(servedFolder(lab), 'charts');
  mkdirSync(folder, { recursive: true });
  // In the source tree the chart has no version; a release gives it one.
  const versions = ['--version', version, '--app-version', `v${programs}`];
  await run([tools.helm, 'package', chart, '--destination', folder, ...versions]);
  await run([tools.helm, 'repo', 'index', folder]);
}

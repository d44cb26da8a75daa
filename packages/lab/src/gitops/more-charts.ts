import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';
import type { Tools } from '../lab/tools.ts';
import { packageChart } from './chart-repository.ts';

/** Another version of MetalLB's chart, of the same programs. `speakerTag`: of an image that the speakers are to have instead. */
export interface OtherChart {
  readonly version: string;
  readonly speakerTag?: string;
}

/** Puts more versions of the chart into the lab's repository, as a release of MetalLB would. */
export async function addCharts(
  lab: Lab,
  tools: Tools,
  programs: string,
  charts: readonly OtherChart[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meshrs-charts-'));
  try {
    for (const { version, speakerTag } of charts) {
      const chart = join(folder, version, 'metallb');
      cpSync(join(await moduleFolder('metallb'), 'charts/metallb'), chart, { recursive: true });
      // What comes from the module cache nobody may write.
      await run(['chmod', '-R', 'u+w', chart]);
      if (speakerTag !== undefined) {
        const file = join(chart, 'values.yaml');
        const values = parseDocument(readFileSync(file, 'utf8'));
        values.setIn(['speaker', 'image', 'tag'], speakerTag);
        writeFileSync(file, values.toString());
      }
      await packageChart(lab, tools, chart, { version, programs });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

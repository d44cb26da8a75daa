import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Lab } from '../lab/lab.ts';
import { metallbBackends } from '../plan/metallb-backend.ts';

const settingsSchema = z.object({ metallb: z.enum(metallbBackends), gitops: z.boolean() });

/** What a lab is made of, beside the machine and the repository; kept with it, so that a later command finds it again. */
export interface MadeOf extends z.output<typeof settingsSchema> {
  /** What the topology's file said then. */
  readonly topologyText: string;
}

export function writeMadeOf(lab: Lab, { topologyText, ...settings }: MadeOf): void {
  writeFileSync(topologyFile(lab), topologyText);
  writeFileSync(settingsFile(lab), JSON.stringify(settings));
}

export function readMadeOf(lab: Lab): MadeOf {
  return {
    topologyText: readFileSync(topologyFile(lab), 'utf8'),
    ...settingsSchema.parse(JSON.parse(readFileSync(settingsFile(lab), 'utf8'))),
  };
}

function topologyFile(lab: Lab): string {
  return join(lab.paths.state, 'topology.yaml');
}

function settingsFile(lab: Lab): string {
  return join(lab.paths.state, 'settings.json');
}

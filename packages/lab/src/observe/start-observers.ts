import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gobgpSocket } from '../gobgp/start-gobgp.ts';
import { startDaemon } from '../lab/daemons.ts';
import { labProgram } from '../lab/lab-program.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import type { Tools } from '../lab/tools.ts';

export function observationsFile(lab: Lab): string {
  return join(lab.paths.state, 'observations/clients.jsonl');
}

/** FRR writes every message of a client's sessions there itself. */
export function dumpFile(lab: Lab, client: string): string {
  return join(lab.paths.state, 'observations', `${client}.mrt`);
}

/** Log of the changes of a namespace's routing table, as the kernel tells them. */
export function routesLog(name: string): string {
  return `routes.${name}`;
}

/** Starts what writes down everything that clients and routers see, from before the first session on. */
export function startObservers(lab: Lab, tools: Tools, plan: LabPlan, gobgpModule: string): void {
  for (const { name, namespace } of [{ name: 'core', namespace: plan.core.namespace }, ...plan.routers]) {
    startDaemon(lab, {
      name: routesLog(name),
      namespace,
      argv: [tools.ip, '-tshort', '-oneline', 'monitor', 'route'],
    });
  }
  const file = observationsFile(lab);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  startDaemon(lab, {
    name: 'observer',
    namespace: plan.core.namespace,
    argv: labProgram(lab, 'observe/observer-main.ts', [
      gobgpModule,
      file,
      ...plan.clients.filter(({ daemon }) => daemon === 'gobgp').map(({ name }) => `${name}=${gobgpSocket(lab, name)}`),
    ]),
  });
}

import { readFileSync } from 'node:fs';
import { systemCode } from '../host/failure.ts';
import { logFile } from '../lab/daemons.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { frrObservations } from './frr-observations.ts';
import { gracefulShutdownsIn, notificationsIn } from './gobgp-log.ts';
import { observationSchema, type Observation } from './observation.ts';
import { parseRoutes, type RouteChange } from './routes-log.ts';
import { dumpFile, observationsFile, routesLog } from './start-observers.ts';

/** A stretch of time, in milliseconds since 1970. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that clients saw in a stretch of time, in order. */
export function readObservations(lab: Lab, plan: LabPlan, { fromMs, toMs }: Period): Observation[] {
  const lines = readFileSync(observationsFile(lab), 'utf8').split('\n').slice(0, -1);
  const fromGobgp = lines.map((line) => observationSchema.parse(JSON.parse(line)));
  const fromFrr = plan.clients
    .filter(({ daemon }) => daemon === 'frr')
    .flatMap(({ name }) => frrObservations(name, readIfThere(dumpFile(lab, name))));
  const fromLogs = plan.clients
    .filter(({ daemon }) => daemon === 'gobgp')
    .flatMap(({ name }) => {
      const log = readFileSync(logFile(lab, `gobgpd.${name}`), 'utf8');
      return [...notificationsIn(name, log), ...gracefulShutdownsIn(name, log)];
    });
  return [...fromGobgp, ...fromFrr, ...fromLogs]
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .sort((one, other) => one.atMs - other.atMs);
}

/** Changes of the routing table of a router or the core. */
export function readRoutes(lab: Lab, name: string, { fromMs, toMs }: Period): RouteChange[] {
  return parseRoutes(readFileSync(logFile(lab, routesLog(name)), 'utf8')).filter(
    ({ atMs }) => atMs >= fromMs && atMs <= toMs,
  );
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

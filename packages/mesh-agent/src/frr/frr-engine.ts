import { createEngine } from '../engine/create-engine.ts';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { createFrrDriver } from './frr-driver.ts';
import type { FrrEngineOptions } from './options.ts';

/** The routing engine FRR. */
export function createFrrEngine(options: FrrEngineOptions): MeshEngine {
  const { now, maximumEvictions = 1000, maximumPins = 1000 } = options;
  return createEngine((events) => createFrrDriver(options, events), { now, maximumEvictions, maximumPins });
}

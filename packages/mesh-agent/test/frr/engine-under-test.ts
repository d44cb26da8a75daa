import type { EngineEvent, MeshEngine } from '../../src/engine/mesh-engine.ts';
import { createFrrEngine } from '../../src/frr/frr-engine.ts';
import type { FrrEngineOptions } from '../../src/frr/options.ts';
import type { Bgpd } from '@meshrs/test-kit/bgpd';

/** The engine of one bgpd, what it told, and a clock that a test can set forward. */
export interface EngineUnderTest {
  readonly engine: MeshEngine;
  readonly events: EngineEvent[];
  forward(milliseconds: number): void;
}

export function engineOf(bgpd: Bgpd, options: Partial<FrrEngineOptions> = {}): EngineUnderTest {
  let offset = 0;
  const events: EngineEvent[] = [];
  const engine = createFrrEngine({
    socketPath: bgpd.socketPath,
    configFile: bgpd.configFile,
    now: () => Date.now() + offset,
    ...options,
  });
  engine.subscribe((event) => events.push(event));
  return {
    engine,
    events,
    forward: (milliseconds) => {
      offset += milliseconds;
    },
  };
}

/** A deadline that no test should reach. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

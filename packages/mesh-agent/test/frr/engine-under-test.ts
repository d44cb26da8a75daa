import { createEngine } from '../../src/engine/create-engine.ts';
import type { DriverEvents } from '../../src/engine/engine-driver.ts';
import type { EngineEvent, MeshEngine } from '../../src/engine/mesh-engine.ts';
import { createFrrDriver } from '../../src/frr/frr-driver.ts';
import type { FrrEngineOptions } from '../../src/frr/options.ts';
import type { IpAddress } from '@meshrs/network';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { bmpOf } from './lab.ts';

/** The engine of one bgpd, what it told, and a clock that a test can set forward. */
export interface EngineUnderTest {
  readonly engine: MeshEngine;
  readonly events: EngineEvent[];
  forward(milliseconds: number): void;
  /** The engine hears once more that bgpd itself closed the session of an address. */
  hearClosed(address: IpAddress): void;
}

export function engineOf(bgpd: Bgpd, options: Partial<FrrEngineOptions> = {}): EngineUnderTest {
  let offset = 0;
  const events: EngineEvent[] = [];
  let driverEvents: DriverEvents | undefined;
  const all: FrrEngineOptions = {
    socketPath: bgpd.socketPath,
    configFile: bgpd.configFile,
    now: () => Date.now() + offset,
    bmp: bmpOf(bgpd).options,
    ...options,
  };
  const { now, maximumEvictions = 1000, maximumPins = 1000 } = all;
  const engine = createEngine(
    (heard) => {
      driverEvents = heard;
      return createFrrDriver(all, heard);
    },
    { now, maximumEvictions, maximumPins },
  );
  engine.subscribe((event) => events.push(event));
  return {
    engine,
    events,
    forward: (milliseconds) => {
      offset += milliseconds;
    },
    hearClosed: (address) => driverEvents?.onSessionEnded({ address, by: 'engine' }),
  };
}

/** A deadline that no test should reach. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(20_000);
}

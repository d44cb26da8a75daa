import type { Socket } from 'node:net';
import type { BmpListener } from './bmp/bmp-listener.ts';

/** What `createFrrEngine(options): MeshEngine` of `frr-engine.ts` takes. */
export interface FrrEngineOptions {
  /** bgpd's vty socket; `files.bgpdSocket` in a pod. */
  readonly socketPath: string;
  /** Kept equal to what runs; `files.frrConfig` in a pod. */
  readonly configFile: string;
  /** Milliseconds of a clock that never steps: `Clock.monotonicMs`. */
  readonly now: () => number;
  /** Where bgpd is to tell of sessions; `bmpListener` of the contract when left out. */
  readonly bmp?: {
    readonly listener: BmpListener;
    /** How to reach it; over TCP when left out. A test's bgpd has a network of its own. */
    readonly dial?: () => Socket;
  };
  /**
   * How long bgpd may be silent before it counts as gone; 30 000 when left out. Busy is not hung: with a large table it
   * can be silent for many seconds and loses nobody, since keepalives have a thread of their own. After the hold time of
   * clients, which is this by default, they are gone in any case. A bgpd that ends closes the connection at once.
   */
  readonly commandTimeoutMs?: number;
  /** Most evictions in force at once; 1000 when left out. */
  readonly maximumEvictions?: number;
  /** Most clients that are pinned at once; 1000 when left out. */
  readonly maximumPins?: number;
}

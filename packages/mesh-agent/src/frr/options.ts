/** What `createFrrEngine(options): MeshEngine` of `frr-engine.ts` takes. */
export interface FrrEngineOptions {
  /** bgpd's vty socket; `files.bgpdSocket` in a pod. */
  readonly socketPath: string;
  /** Kept equal to what runs; `files.frrConfig` in a pod. */
  readonly configFile: string;
  /** Milliseconds of a clock that never steps: `Clock.monotonicMs`. */
  readonly now: () => number;
  /**
   * The agent's own socket, to which bgpd tells of sessions; both see it at this path. `meshrs-agent.sock` beside
   * `socketPath` when left out.
   */
  readonly eventSocketPath?: string;
  /** Deadline of one command; 5000 when left out. bgpd answers within some milliseconds, and when busy within a second. */
  readonly commandTimeoutMs?: number;
  /** Most evictions in force at once; 1000 when left out. */
  readonly maximumEvictions?: number;
}

/** Work that runs once at a time; asked for while it runs, it runs once more afterwards, however often it was asked for. */
export interface SingleFlight {
  readonly request: () => void;
  /** Resolves when nothing runs and nothing is asked for. */
  readonly idle: () => Promise<void>;
}

/** `work` must not reject: what it cannot do it reports itself. */
export function createSingleFlight(work: () => Promise<void>): SingleFlight {
  let isWanted = false;
  let running: Promise<void> | undefined;

  return {
    request: () => {
      isWanted = true;
      running ??= run();
    },
    idle: async () => {
      while (running) await running;
    },
  };

  async function run(): Promise<void> {
    while (isWanted) {
      isWanted = false;
      await work();
    }
    running = undefined;
  }
}

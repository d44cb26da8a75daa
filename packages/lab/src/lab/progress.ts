import type { LabTerminal } from './terminal.ts';

/** Tells the one who waits what has been done, and when. */
export interface BringUpProgress {
  done(what: string): void;
  /** Does a step and tells of it when it is done. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  seconds(): number;
}

export function startProgress(terminal: LabTerminal): BringUpProgress {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const done = (what: string): void => {
    terminal.writeError(`${seconds().toFixed(1).padStart(6)} s  ${what}\n`);
  };
  return {
    done,
    seconds,
    step: async (what, work) => {
      const result = await work();
      done(what);
      return result;
    },
  };
}

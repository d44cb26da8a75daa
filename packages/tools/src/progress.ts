/** Tells the person who waits what is being done, for how long already, and how long it usually takes. */
export interface Progress {
  note(text: string): void;
  /** Starts to report on a task until the returned function is called with how it ended. */
  begin(task: Task): (ending: string) => void;
}

export interface Task {
  readonly title: string;
  readonly expectedSeconds: number;
  /** A few words on how far it is, asked for at each report. */
  readonly status?: () => string;
}

interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const clearLine = '\r\u001b[K';

/** One line that counts the seconds on a terminal; elsewhere (CI) a line each 15 seconds. */
export function progressOn(screen: Screen, now: () => number = () => performance.now()): Progress {
  const isTerminal = screen.isTTY === true;
  return {
    note: (text) => {
      screen.write(`${text}\n`);
    },
    begin: (task) => {
      const started = now();
      const line = (): string => {
        const status = task.status?.() ?? '';
        return `${task.title}: ${duration((now() - started) / 1000)} of about ${duration(task.expectedSeconds)}${status === '' ? '' : `, ${status}`}`;
      };
      // A line that wraps could not be cleared again.
      const oneLine = (): string => line().slice(0, (screen.columns ?? 80) - 1);
      const report = (): void => {
        screen.write(isTerminal ? `${clearLine}${oneLine()}` : `${line()}\n`);
      };
      screen.write(isTerminal ? oneLine() : `${task.title}: takes about ${duration(task.expectedSeconds)}\n`);
      const timer = setInterval(report, isTerminal ? 1000 : 15_000);
      return (ending) => {
        clearInterval(timer);
        screen.write(
          `${isTerminal ? clearLine : ''}${task.title}: ${ending} after ${duration((now() - started) / 1000)}\n`,
        );
      };
    },
  };
}

export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  return `${String(Math.floor(whole / 60))} min ${String(whole % 60).padStart(2, '0')} s`;
}

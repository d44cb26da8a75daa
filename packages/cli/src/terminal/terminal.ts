/** What a command sees of the world it runs in; main.ts makes the real one, tests another. */
export interface Terminal {
  /** Folder from which relative paths count. */
  readonly cwd: string;
  /** The environment, for programs that a command starts. */
  readonly env: NodeJS.ProcessEnv;
  /** A person can be asked. */
  readonly isInteractive: boolean;
  /**
   * A hash of the running program: verdicts remembered by another version do not count. Left out: nothing is
   * remembered.
   */
  readonly programIdentity?: string;
  /**
   * Tells, with the reason, when somebody ends the program by a signal, or what it prints reaches nobody any more; from then
   * on the program itself has to come to its end. Left out: nobody ends it.
   */
  onEnd?(listener: (why: string) => void): void;
  writeOut(text: string): void;
  writeError(text: string): void;
}

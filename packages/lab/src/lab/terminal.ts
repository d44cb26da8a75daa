/** What a command of the lab sees of the one who runs it; the command line's terminal is one. */
export interface LabTerminal {
  /** Folder from which relative paths count. */
  readonly cwd: string;
  writeOut(text: string): void;
  writeError(text: string): void;
}

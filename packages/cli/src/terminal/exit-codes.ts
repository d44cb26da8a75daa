/** Exit codes of meshrs; documented in docs/errors.md and in `meshrs --help`. */
export const exitCodes = {
  ok: 0,
  /** What the user wrote has errors; each was printed. */
  issues: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** The world refused: a file cannot be read, a tool is missing, a program failed. */
  failure: 3,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

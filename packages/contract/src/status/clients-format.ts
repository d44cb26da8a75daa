/*
 * What GET /clients answers (RFC 9112 body, `text/plain`, ASCII): the head as one line of JSON, then a line for each session
 * that is neither the mesh's nor kept out, and for each client that had one a short time ago, then `end`. The fields of a line, with one space between two:
 *
 *   address   as it is written canonically, once in an answer
 *   state     u (up: established), d (down) or ? (not known), then e where End-of-RIB has come, else -
 *   uptime    seconds since it was established, or -; of one that is down: since it had a session last, where that was a
 *             short time ago. Readers of before do not look at it there. Who had come from a range has a line for that
 *   messages  BGP messages received, or -
 *   prefixes  received
 *   name      = and the name in the settings, percent-encoded; or -
 *
 * Another field, or another meaning of one, is another format version.
 */

/** The fields that GET /clients has in the head of its answer; a 304 (RFC 9110 section 15.4.5) has no more than these. */
export const clientsFields = {
  /** Of what the answer says, but for what changes all the time and decides nothing. */
  tag: 'etag',
  /** How long ago the engine was asked, in milliseconds; without it nothing says that a 304 is of now. */
  ageMs: 'meshrs-age-ms',
  /** What moment it is by the agent's clock, as in the head. */
  now: 'meshrs-now',
  /** What moment it is by the agent's clock that never steps, in milliseconds: two answers of one tag tell how far apart they are. */
  atMs: 'meshrs-at-ms',
} as const;

/** More sessions than a route server has. */
export const mostSessions = 20_000;
/** The longest line but for the head. */
export const longestLine = 1024;
/** The longest head. */
export const longestHead = 262_144;
/** All that an answer can have. */
export const largestClientsBytes = 4 * 2 ** 20;

export const stateLetters = { established: 'u', unknown: '?', other: 'd' } as const;
export const lastLine = 'end';

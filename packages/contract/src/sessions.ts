/**
 * What a BGP session of a route server is for. `range-client`: it came from a listen range, and is gone when its session
 * is, unless the guard has pinned it. `unknown`: its neighbor is in no group that the agent knows.
 */
export const sessionKinds = ['mesh', 'declared-client', 'range-client', 'evicted', 'unknown'] as const;
export type SessionKind = (typeof sessionKinds)[number];

/**
 * RFC 4271 section 8.2.2; `shutdown` when it is held down by configuration, `unknown` when the engine has a word for it that
 * the agent does not know.
 */
export const sessionStates = [
  'idle',
  'connect',
  'active',
  'open-sent',
  'open-confirm',
  'established',
  'clearing',
  'shutdown',
  'unknown',
] as const;
export type SessionState = (typeof sessionStates)[number];

import type { LogFields } from './log.ts';

/** A list as fields of a log line: its length, and no more of it than a reader takes in; /status has the rest. */
export function firstOf(name: string, list: readonly unknown[]): LogFields {
  return { count: list.length, [name]: list.slice(0, 20) };
}

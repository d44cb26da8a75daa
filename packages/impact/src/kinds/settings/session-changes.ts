import type { RouteServerSettings } from '@meshrs/contract';

/** What a change of settings does to sessions, a sentence each. */
export interface SessionChanges {
  readonly certain: readonly string[];
  /** Sessions that end if they are there. */
  readonly possible: readonly string[];
}

export interface SettingsPair {
  readonly before: RouteServerSettings;
  readonly after: RouteServerSettings;
}

/** Finds what a change does to the sessions of some route servers, by their pods' names. */
export type SessionFinder = (pair: SettingsPair, pods: readonly string[]) => SessionChanges;

export function certainly(...certain: readonly string[]): SessionChanges {
  return { certain, possible: [] };
}

/** All of them; what is the same for several route servers is said once. */
export function allOf(changes: readonly SessionChanges[]): SessionChanges {
  return {
    certain: [...new Set(changes.flatMap(({ certain }) => certain))],
    possible: [...new Set(changes.flatMap(({ possible }) => possible))],
  };
}

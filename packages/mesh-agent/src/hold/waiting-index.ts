import type { PendingChange } from '../engine/mesh-engine.ts';
import type { WaitingChange } from './waiting-change.ts';

/** The changes that wait, each found by what it has to do with: thousands may wait, and each is compared with all. */
export interface WaitingIndex {
  readonly put: (change: WaitingChange) => void;
  readonly delete: (key: string) => void;
  /** In the order in which they came. */
  readonly list: () => readonly WaitingChange[];
  /** Those of the same key, of the same thing, or that end a session of one of the same clients. */
  readonly related: (change: PendingChange) => readonly WaitingChange[];
}

export function createWaitingIndex(): WaitingIndex {
  const byKey = new Map<string, WaitingChange>();
  /** Keys, by what a change is about, and by the clients whose sessions it ends. */
  const about = new Map<string, Set<string>>();

  return {
    put: (change) => {
      forget(change.key);
      byKey.set(change.key, change);
      for (const name of namesOf(change)) {
        const keys = about.get(name);
        if (keys) keys.add(change.key);
        else about.set(name, new Set([change.key]));
      }
    },
    delete: (key) => {
      forget(key);
      byKey.delete(key);
    },
    list: () => [...byKey.values()],
    related: (change) => {
      const keys = new Set([change.key, ...namesOf(change).flatMap((name) => [...(about.get(name) ?? [])])]);
      return [...keys].flatMap((key) => byKey.get(key) ?? []);
    },
  };

  function forget(key: string): void {
    const before = byKey.get(key);
    for (const name of before ? namesOf(before) : []) {
      const keys = about.get(name);
      keys?.delete(key);
      if (keys?.size === 0) about.delete(name);
    }
  }
}

function namesOf({ change: { kind, group, subject }, clients }: PendingChange): readonly string[] {
  return [JSON.stringify([kind, group, subject]), ...clients];
}

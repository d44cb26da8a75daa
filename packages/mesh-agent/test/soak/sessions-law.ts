import type { CrowdEvent } from '../scale/crowd.ts';

/** Holds, at every event, that no good client's session ends but by its own side's restart, and never its last one. */
export interface SessionsLaw {
  hear(event: CrowdEvent): void;
  /** From this moment on the engine at this address may lose its sessions, for a time. */
  excuse(remote: string, fromMs: number, untilMs: number): void;
  /** From now on it counts. */
  begin(): void;
  /** Sessions of good clients that are not up now. */
  missing(): readonly string[];
}

export function createSessionsLaw(options: {
  readonly clients: readonly string[];
  readonly remotes: readonly string[];
  readonly onBroken: (what: string) => void;
}): SessionsLaw {
  const { clients, remotes, onBroken } = options;
  const up = new Set<string>();
  const excused = new Map<string, { readonly fromMs: number; readonly untilMs: number }>();
  let hasBegun = false;
  const key = (address: string, remote: string) => `${address} with ${remote}`;
  return {
    hear: ({ kind, address, remote, at, notification }) => {
      if (kind === 'established') {
        up.add(key(address, remote));
        return;
      }
      up.delete(key(address, remote));
      if (!hasBegun) return;
      const excuse = excused.get(remote);
      const why = notification ? `notification ${JSON.stringify(notification)}` : 'the connection ended';
      if (!excuse || at < excuse.fromMs || at > excuse.untilMs) {
        onBroken(`the session of ${key(address, remote)} ended, and its engine was not restarted (${why})`);
      }
      if (!remotes.some((other) => up.has(key(address, other)))) onBroken(`${address} has no session left`);
    },
    excuse: (remote, fromMs, untilMs) => {
      excused.set(remote, { fromMs, untilMs });
    },
    begin: () => {
      hasBegun = true;
    },
    missing: () =>
      clients.flatMap((address) => remotes.map((remote) => key(address, remote)).filter((each) => !up.has(each))),
  };
}

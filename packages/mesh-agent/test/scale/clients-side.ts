import { join } from 'node:path';
import type { Lab } from '../frr/lab.ts';
import { waitedMsOf } from './agent-process.ts';
import { openChannel } from './channel.ts';
import type { CrowdMembers } from './crowd-members.ts';
import type { CrowdEvent, CrowdSummary } from './crowd.ts';
import type { CrowdMessage, CrowdRequest } from './crowd-process.ts';
import type { Look, LookMessage, LookRequest } from './looker-process.ts';

/** Thousands of clients in a lab, with every event of their sessions. */
export interface CrowdOfLab {
  add(members: CrowdMembers): Promise<CrowdSummary>;
  stop(addresses: readonly string[], how: 'cease' | 'silent', remote?: string): Promise<CrowdSummary>;
  summary(): Promise<CrowdSummary>;
}

export function startCrowdIn(lab: Lab, onEvent: (event: CrowdEvent) => void = () => undefined): CrowdOfLab {
  const child = lab.startAtClients([process.execPath, join(import.meta.dirname, 'crowd-process.ts')]);
  const ask = openChannel<{
    request: CrowdRequest;
    answer: Extract<CrowdMessage, { id: number }>;
    other: Extract<CrowdMessage, { events: unknown }>;
  }>(child, ({ events }) => {
    for (const event of events) onEvent(event);
  });
  return {
    add: async (members) => (await ask({ kind: 'add', members })).summary,
    stop: async (addresses, how, remote) =>
      (await ask({ kind: 'stop', addresses, how, ...(remote !== undefined && { remote }) })).summary,
    summary: async () => (await ask({ kind: 'summary' })).summary,
  };
}

/** Asks agents by HTTP from where the clients are. */
export interface LookerOfLab {
  get(url: string): Promise<Look>;
  watch(url: string, everyMs: number, onLook: (look: Look) => void): Promise<void>;
  /** How long it could have run, and the machine had no CPU for it. */
  waitedMs(): number;
}

export function startLookerIn(lab: Lab): LookerOfLab {
  const child = lab.startAtClients([process.execPath, join(import.meta.dirname, 'looker-process.ts')]);
  const watchers = new Map<string, (look: Look) => void>();
  const ask = openChannel<{
    request: LookRequest;
    answer: Extract<LookMessage, { id: number }>;
    other: Extract<LookMessage, { url: string }>;
  }>(child, ({ url, look }) => {
    watchers.get(url)?.(look);
  });
  return {
    get: async (url) => (await ask({ kind: 'get', url })).look,
    watch: async (url, everyMs, onLook) => {
      watchers.set(url, onLook);
      await ask({ kind: 'watch', url, everyMs });
    },
    waitedMs: () => waitedMsOf(child),
  };
}

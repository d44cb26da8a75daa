import type { CrowdMembers } from './crowd-members.ts';
import { sessionsOf } from './crowd-members.ts';
import { startCrowd, type CrowdEvent, type CrowdSummary } from './crowd.ts';

/** Runs a crowd inside a network namespace; a test starts it there and talks to it over Node's IPC. */
export type CrowdRequest =
  | { readonly kind: 'add'; readonly members: CrowdMembers }
  | {
      readonly kind: 'stop';
      readonly addresses: readonly string[];
      readonly how: 'cease' | 'silent';
      readonly remote?: string;
    }
  | { readonly kind: 'summary' };

/** What the process sends: an answer to each request, and events in batches. */
export type CrowdMessage =
  { readonly id: number; readonly summary: CrowdSummary } | { readonly events: readonly CrowdEvent[] };

const batchMs = 50;
let batch: CrowdEvent[] = [];
const crowd = startCrowd((event) => {
  if (batch.length === 0) setTimeout(send, batchMs);
  batch.push(event);
});

process.on('message', ({ id, request }: { id: number; request: CrowdRequest }) => {
  carryOut(request);
  say({ id, summary: crowd.summary() });
});
process.on('disconnect', () => {
  process.exit(0);
});

function send(): void {
  const events = batch;
  batch = [];
  say({ events });
}

function say(message: CrowdMessage): void {
  process.send?.(message);
}

function carryOut(request: CrowdRequest): void {
  switch (request.kind) {
    case 'add':
      crowd.add(sessionsOf(request.members));
      return;
    case 'stop':
      crowd.stop(request.addresses, request.how, request.remote);
      return;
    case 'summary':
      return;
  }
}

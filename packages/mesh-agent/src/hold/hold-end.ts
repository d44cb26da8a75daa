import type { HoldOutcome, HoldPurpose } from '@meshrs/contract';
import type { HoldVerdict } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import type { EndedWait } from './pending-changes.ts';

export interface LastHold {
  readonly atMs: number;
  readonly for: HoldPurpose;
  readonly outcome: HoldOutcome;
  /** Without a session elsewhere, as far as is known. */
  readonly missing: readonly IpAddress[];
  readonly missingCount: number;
}

export interface HoldEnds {
  readonly last: () => LastHold | undefined;
  /** `released`: what let it go; undefined: its time is over. */
  readonly drainEnded: (released: HoldVerdict | undefined, seen: HoldVerdict | undefined) => void;
  readonly settingsEnded: (ended: readonly EndedWait[], seen: HoldVerdict | undefined) => void;
}

/** Tells how waits end, and who had no session elsewhere then. */
export function createHoldEnds(options: {
  readonly onEnded: (purpose: HoldPurpose, outcome: HoldOutcome, clientCount: number) => void;
  readonly log: Log;
  readonly now: () => number;
}): HoldEnds {
  const { log, now } = options;
  let last: LastHold | undefined;

  return {
    last: () => last,
    drainEnded: (released, seen) => {
      end('drain', released ? outcomeOf(released) : 'time-over', missingIn(seen), moreIn(seen));
    },
    settingsEnded: (ended, seen) => {
      const hit = new Set(ended.flatMap(({ clients }) => clients));
      const missing = missingIn(seen).filter((address) => hit.has(address));
      const isOver = ended.some(({ why }) => why === 'time-over');
      const outcome = isOver ? 'time-over' : missing.length > 0 ? 'other-side-waits' : 'clients-elsewhere';
      end('settings', outcome, missing, moreIn(seen));
    },
  };

  function end(purpose: HoldPurpose, outcome: HoldOutcome, missing: readonly IpAddress[], more: number): void {
    const isKept = outcome === 'clients-elsewhere';
    const missingCount = isKept ? 0 : missing.length + more;
    last = { atMs: now(), for: purpose, outcome, missing: isKept ? [] : missing, missingCount };
    options.onEnded(purpose, outcome, missingCount);
    const fields = { for: purpose, outcome, ...firstOf('clients', last.missing), count: missingCount };
    if (isKept) log.info('hold-ended', fields);
    else log.warn('hold-given-up', fields);
  }
}

function outcomeOf({ kind }: HoldVerdict): HoldOutcome {
  return kind === 'go' ? 'clients-elsewhere' : 'other-side-waits';
}

function missingIn(verdict: HoldVerdict | undefined): readonly IpAddress[] {
  return verdict?.missing.map(({ address }) => address) ?? [];
}

/** How many are missing beside those that are listed. */
function moreIn(verdict: HoldVerdict | undefined): number {
  return [...(verdict?.more.values() ?? [])].reduce((sum, count) => sum + count, 0);
}

import type { HoldOutcome, HoldPurpose } from '@meshrs/contract';
import type { HoldVerdict } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { firstOf } from '../log/first-of.ts';
import type { Log } from '../log/log.ts';
import { lackingIn, notKnownIn, type MissingInLook } from './missing-in.ts';
import type { EndedWait } from './pending-changes.ts';

export interface LastHold {
  readonly atMs: number;
  readonly for: HoldPurpose;
  readonly outcome: HoldOutcome;
  /** Without a session elsewhere. */
  readonly missing: readonly IpAddress[];
  readonly missingCount: number;
  /** Of whom nobody knows whether they have one. */
  readonly unknownCount: number;
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
      end('drain', released ? outcomeOf(released) : 'time-over', seen, () => true);
    },
    settingsEnded: (ended, seen) => {
      const hit = new Set(ended.flatMap(({ clients }) => clients));
      const isOver = ended.some(({ why }) => why === 'time-over');
      const isOneHit = seen?.missing.some(({ address }) => hit.has(address)) === true;
      const outcome = isOver ? 'time-over' : isOneHit ? 'other-side-waits' : 'clients-elsewhere';
      end('settings', outcome, seen, (address) => hit.has(address));
    },
  };

  function end(
    purpose: HoldPurpose,
    outcome: HoldOutcome,
    seen: HoldVerdict | undefined,
    isHit: (address: IpAddress) => boolean,
  ): void {
    const isKept = outcome === 'clients-elsewhere';
    const hit = seen && !isKept && { ...seen, missing: seen.missing.filter(({ address }) => isHit(address)) };
    const lacking = hit ? lackingIn(hit) : noneMissing;
    const unknown = hit ? notKnownIn(hit) : noneMissing;
    const missing = lacking.listed.map(({ address }) => address);
    last = { atMs: now(), for: purpose, outcome, missing, missingCount: lacking.count, unknownCount: unknown.count };
    options.onEnded(purpose, outcome, lacking.count + unknown.count);
    const fields = {
      ...{ for: purpose, outcome, ...firstOf('clients', missing), count: lacking.count },
      ...(unknown.count > 0 && { unknownCount: unknown.count }),
    };
    if (isKept) log.info('hold-ended', fields);
    else log.warn('hold-given-up', fields);
  }
}

const noneMissing: MissingInLook = { listed: [], count: 0 };

function outcomeOf({ kind }: HoldVerdict): HoldOutcome {
  return kind === 'go' ? 'clients-elsewhere' : 'other-side-waits';
}

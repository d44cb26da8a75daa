import type { Clock } from '../async/clock.ts';
import type { Acquaintance } from '../engine/acquaintance.ts';
import { describeFailure } from '../failure.ts';
import { readSmallFile } from '../files/read-small-file.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { Log } from '../log/log.ts';
import { largestRecordBytes, readAgentRecord, type AgentRecord } from './agent-record.ts';

export interface StateKeeperOptions {
  readonly file: string;
  /** Undefined where it cannot be read: nothing of before counts then, because nobody knows whose moments they are. */
  readonly bootId: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The agent's record over its own restarts: a file that is replaced in one step whenever something changes, before the
 * agent acts on the change. A record that cannot be read counts as none.
 */
export interface StateKeeper {
  /** The engine answers. From then on there is a record, of this life. */
  meet(life: string): Acquaintance;
  /** What the agent before this one left, of this boot of the machine; undefined: nothing, or the engine has answered. */
  left(): AgentRecord | undefined;
  /** Undefined before the engine has answered. */
  record(): AgentRecord | undefined;
  /** Nothing is kept before the engine has answered. */
  keep(changed: Partial<Kept>): void;
  /** By how much the wall clock was set since the agent before this one wrote its record, in the same boot; 0: not, or nobody knows. */
  wallStepMs(): number;
}

/** Less is no step: the two clocks are read one after the other. */
const leastStepMs = 1000;

type Kept = Pick<
  AgentRecord,
  'firstAppliedMs' | 'hasConverged' | 'drain' | 'evictions' | 'clients' | 'away' | 'fleet' | 'hold'
>;

export function createStateKeeper(options: StateKeeperOptions): StateKeeper {
  const { file, clock, log } = options;
  const bootId = options.bootId ?? '';
  let left: AgentRecord | undefined = read();
  const wallStepMs = stepSince(left);
  let record: AgentRecord | undefined;
  let [writtenText, failureBefore] = ['', ''];

  return {
    meet: (life) => {
      const before = record ?? left;
      left = undefined;
      const acquaintance = before === undefined ? 'unknown' : isOf(life, before) ? 'same' : 'new';
      const restartCount = (before?.restartCount ?? 0) + (acquaintance === 'new' ? 1 : 0);
      record =
        before && acquaintance === 'same'
          ? before
          : {
              formatVersion: 1,
              bootId,
              life,
              restartCount,
              hasConverged: false,
              drain: { phase: 'serving' },
              evictions: before?.evictions ?? [],
              ...(before?.bootId === bootId && ofAnyLife(before)),
            };
      write();
      return acquaintance;
    },
    left: () => (left?.bootId === bootId ? left : undefined),
    record: () => record,
    keep: (changed) => {
      if (!record) return;
      record = { ...record, ...changed };
      write();
    },
    wallStepMs: () => wallStepMs,
  };

  function wallOffsetMs(): number {
    const nowMs = clock.monotonicMs();
    return Math.round(clock.wallMs(nowMs) - nowMs);
  }

  function stepSince(before: AgentRecord | undefined): number {
    if (before?.bootId !== bootId || before.wallOffsetMs === undefined) return 0;
    const stepMs = wallOffsetMs() - before.wallOffsetMs;
    return Math.abs(stepMs) < leastStepMs ? 0 : stepMs;
  }

  function read(): AgentRecord | undefined {
    try {
      const text = readSmallFile(file, largestRecordBytes);
      if (text === undefined) return undefined;
      const result = readAgentRecord(text, clock.monotonicMs());
      if ('problem' in result) throw new Error(result.problem);
      if (bootId === '') throw new Error('Nobody knows of which boot of this machine it is.');
      // Of another boot: its life is over, and its moments mean nothing.
      return result.record.bootId === bootId ? result.record : { ...result.record, evictions: [] };
    } catch (thrown) {
      log.warn('state-not-taken', { file, why: describeFailure(thrown).message });
      return undefined;
    }
  }

  /** A life of another boot is over, whatever it is called. */
  function isOf(life: string, before: AgentRecord): boolean {
    return before.life === life && before.bootId === bootId;
  }

  function write(): void {
    if (record && (record.wallOffsetMs === undefined || stepSince(record) !== 0)) {
      record = { ...record, wallOffsetMs: wallOffsetMs() };
    }
    const text = JSON.stringify(record);
    if (text === writtenText) return;
    try {
      replaceFile(file, text);
      writtenText = text;
      failureBefore = '';
    } catch (thrown) {
      const failure = describeFailure(thrown);
      if (failure.message !== failureBefore) log.error('state-not-written', { file, failure });
      failureBefore = failure.message;
    }
  }
}

/** Its moments are of this boot of the machine. */
function ofAnyLife({ away, fleet, hold }: AgentRecord): Pick<AgentRecord, 'away' | 'fleet' | 'hold'> {
  return { ...(away && { away }), ...(fleet && { fleet }), ...(hold && { hold }) };
}

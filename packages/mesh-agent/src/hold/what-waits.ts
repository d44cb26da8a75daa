import type { HoldPurpose } from '@meshrs/contract';
import { holdEndMs, type Drain } from '../drain/drain-machine.ts';
import type { WaitingChange } from './waiting-change.ts';

/** What waits before it ends sessions of clients: of both kinds at once, where both do. */
export interface Waiting {
  /** Another wait has another name. */
  readonly id: string;
  readonly for: readonly HoldPurpose[];
  /** Of the changes of the settings. */
  readonly keys: readonly string[];
  /** A drain by hand that was asked for, and not accepted yet. */
  readonly isAsk: boolean;
  /** A drain by hand, which does not end by itself. */
  readonly isForGood: boolean;
  /** Since the last of them began. */
  readonly sinceMs: number;
  /** Until the first of them ends. */
  readonly untilMs: number;
  /** Each has an end of its own: what ends one says nothing of the other. */
  readonly parts: readonly WaitingPart[];
}

export interface WaitingPart {
  readonly for: HoldPurpose;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Whether another route server waits because of its settings, by what it tells. One that does not say for what, as an agent of before, or
 * says a word that is not known here, may: unknown is not no.
 */
export function isOfSettings({ for: purposes = [] }: { readonly for?: readonly (HoldPurpose | 'unknown')[] }): boolean {
  return purposes.length === 0 || purposes.some((purpose) => purpose !== 'drain');
}

/** Undefined: nothing waits. */
export function waitingOf(drain: Drain, changes: readonly WaitingChange[], holdMs: number): Waiting | undefined {
  const drainEnd = holdEndMs(drain, holdMs);
  const oldest = Math.min(...changes.map(({ sinceMs }) => sinceMs));
  const first = Math.min(...changes.map(({ untilMs }) => untilMs));
  const parts: readonly WaitingPart[] = [
    ...(drainEnd !== undefined && 'request' in drain
      ? [{ for: 'drain', sinceMs: drain.request.atMs, untilMs: drainEnd } as const]
      : []),
    ...(changes.length > 0 ? [{ for: 'settings', sinceMs: oldest, untilMs: first } as const] : []),
  ];
  if (parts.length === 0) return undefined;
  return {
    id: parts.map((part) => `${part.for}-${String(Math.round(part.sinceMs))}`).join(' '),
    for: parts.map((part) => part.for),
    isAsk: drain.phase === 'asked',
    isForGood: drainEnd !== undefined && 'request' in drain && drain.request.cause === 'command',
    keys: changes.map(({ key }) => key),
    sinceMs: Math.max(...parts.map(({ sinceMs }) => sinceMs)),
    untilMs: Math.min(...parts.map(({ untilMs }) => untilMs)),
    parts,
  };
}

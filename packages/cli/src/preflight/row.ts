import { shown } from '@meshrs/contract';
import type { Known } from './known.ts';

/** `unknown`: it could not be read. `by-hand`: the API does not tell it; a person runs the commands. */
export const rowStates = ['ok', 'warn', 'fail', 'unknown', 'by-hand'] as const;
export type RowState = (typeof rowStates)[number];

/** One thing that a first sync needs, and how the cluster stands to it. */
export interface PreflightRow {
  /** "metallb", the same in every run. */
  readonly check: string;
  readonly state: RowState;
  readonly seen: string;
  /** What to do; left out where nothing is. */
  readonly next?: string;
  /** What to run where the API does not reach, and what it has to print. */
  readonly commands?: readonly NodeCommand[];
}

export interface NodeCommand {
  /** "node meshrr-kube1" */
  readonly on: string;
  readonly run: string;
  readonly expect: string;
}

export function ok(check: string, seen: string): PreflightRow {
  return { check, state: 'ok', seen: oneLine(seen) };
}

export function warn(check: string, seen: string, next: string): PreflightRow {
  return { check, state: 'warn', seen: oneLine(seen), next: oneLine(next) };
}

export function fail(check: string, seen: string, next: string): PreflightRow {
  return { check, state: 'fail', seen: oneLine(seen), next: oneLine(next) };
}

export function unknown(check: string, { why, next }: { readonly why: string; readonly next: string }): PreflightRow {
  return { check, state: 'unknown', seen: oneLine(why), next: oneLine(next) };
}

export function byHand(check: string, seen: string, commands: readonly NodeCommand[]): PreflightRow {
  return { check, state: 'by-hand', seen: oneLine(seen), next: 'run the commands below', commands };
}

/** The rows of something that was read; where it was not, that is the row. */
export function rowsOf<T>(
  check: string,
  fact: Known<T>,
  decide: (value: T) => readonly PreflightRow[],
): readonly PreflightRow[] {
  return fact.isKnown ? decide(fact.value) : [unknown(check, fact)];
}

/** Names and versions come from the cluster, and anybody may have written them. */
function oneLine(text: string): string {
  return shown(text, 400);
}

/** "a, b and 3 more" */
export function listed(names: readonly string[], atMost = 8): string {
  const first = names.slice(0, atMost).join(', ');
  const rest = names.length - atMost;
  return rest > 0 ? `${first} and ${String(rest)} more` : first;
}

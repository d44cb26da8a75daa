import { turnBounds, turnWords } from '@meshrs/contract';
import { nearest } from '@meshrs/strict-yaml';
import { Failure } from '@meshrs/tools/failure';

/** What a person wants to open, as the command line says it. */
export interface OpeningRequest {
  /** A side, or `turnWords.all`. */
  readonly open: string;
  readonly reason: string;
  readonly minutes: number;
  /** Without the gate's questions, and whatever is open. */
  readonly isForced: boolean;
  /** How long the gate's questions are asked. */
  readonly waitSeconds: number;
}

const mostMinutes = 60;
const mostWaitSeconds = 3600;

/** @throws Failure for what cannot be meant; nothing was asked of any cluster. */
export function readOpeningRequest(
  given: {
    readonly side: string | undefined;
    readonly both: boolean;
    readonly force: boolean;
    readonly reason: string;
    readonly minutes: string;
    readonly wait: string;
  },
  sides: readonly string[],
): OpeningRequest {
  const { side, both, force } = given;
  if (both && !force) {
    throw wrong(
      'Nothing keeps a session for anybody while all sides are open, so --both takes --force, too.',
      'open one side: meshrs open SIDE --reason TEXT; or give --both --force in an emergency',
    );
  }
  if (!both && (side === undefined || !sides.includes(side))) {
    const guess = side === undefined ? undefined : nearest(side, sides);
    throw wrong(
      side === undefined
        ? 'No side is named.'
        : `There is no side "${side}" in this cluster.${guess === undefined ? '' : ` Did you mean ${guess}?`}`,
      `name one of: ${sides.join(', ')}`,
    );
  }
  return {
    open: both ? turnWords.all : (side ?? ''),
    reason: readReason(given.reason),
    minutes: readNumber('--minutes', given.minutes, mostMinutes),
    isForced: force,
    waitSeconds: readNumber('--wait', given.wait, mostWaitSeconds),
  };
}

/** It stands in the turn, in messages of one line and in Events. */
export function readReason(text: string): string {
  const reason = text.trim();
  const allowed = `allowed: one line of 1 to ${String(turnBounds.reason)} characters`;
  if (reason === '') throw wrong('--reason is empty; others have to know why a side is open.', allowed);
  if (/[\p{Cc}\u2028\u2029]/u.test(reason))
    throw wrong('--reason has a line end or another control character.', allowed);
  if (reason.length > turnBounds.reason) {
    throw wrong(`--reason has ${String(reason.length)} characters.`, allowed);
  }
  return reason;
}

function readNumber(option: string, text: string, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= most) return value;
  throw wrong(`${option}: "${text.slice(0, 40)}" cannot be.`, `allowed: a whole number from 1 to ${String(most)}`);
}

function wrong(message: string, next: string): Failure {
  return new Failure({ code: 'opening-not-meant', message, next });
}

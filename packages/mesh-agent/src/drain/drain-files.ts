import { longestDrainRequest, readDrainRequest, type DrainRequester, type DrainState } from '@meshrs/contract';
import { existsSync, rmSync, statSync } from 'node:fs';
import { readSmallFile } from '../files/read-small-file.ts';
import { replaceFile } from '../files/replace-file.ts';

export interface DrainPaths {
  readonly requestsFolder: string;
  readonly drainRequest: string;
  readonly drainDone: string;
  readonly drainRefused: string;
}

/** Who asks for a drain now; undefined: nobody. Whatever stands at the place of the request is one. */
export function seenRequest({ drainRequest }: DrainPaths): DrainRequester | undefined {
  if (!existsSync(drainRequest)) return undefined;
  try {
    const text = readSmallFile(drainRequest, longestDrainRequest);
    return text === undefined ? undefined : readDrainRequest(text);
  } catch {
    // Too long, or no file: it asks all the same, and does not say for whom.
    return readDrainRequest('');
  }
}

/**
 * How long ago a preStop wrote its request, or emptied the answer: it has waited as long. The file tells it by the wall clock, which
 * somebody may have set since, by `steppedMs` while no agent ran: before or after it was written, which nobody knows. Of what is
 * possible it is the least: too long a hold ends with the preStop, and too short a one takes the last session of a client. It is no
 * longer than can have passed, and nothing where the preStop would not wait any more.
 */
export function preStopAgeMs(
  file: string,
  by: {
    readonly nowWallMs: number;
    readonly mostMs: number;
    readonly waitsMs: number;
    readonly steppedMs: number;
  },
): number {
  const { nowWallMs, mostMs, waitsMs, steppedMs } = by;
  const writtenMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowWallMs;
  const sinceMs = nowWallMs - writtenMs;
  const possible = [sinceMs, sinceMs - steppedMs].filter((ageMs) => ageMs >= 0 && ageMs <= waitsMs);
  return possible.length === 0 ? 0 : Math.min(...possible, mostMs);
}

/**
 * Whether a request that nobody remembers is of the past: made before the engine started that answers, or by a preStop that
 * does not wait any more. Both clocks are the wall clock of this machine, which somebody may have set: a preStop that does
 * wait makes its request anew within a second, so that it loses nothing. What a person asked for stays.
 */
export function isOfThePast(
  { drainRequest }: DrainPaths,
  { cause, waitsSeconds }: DrainRequester,
  { nowWallMs, startedWallMs = -Infinity }: { readonly nowWallMs: number; readonly startedWallMs?: number | undefined },
): boolean {
  const writtenMs = statSync(drainRequest, { throwIfNoEntry: false })?.mtimeMs;
  if (cause === 'command' || writtenMs === undefined) return false;
  return writtenMs < startedWallMs || (waitsSeconds !== undefined && nowWallMs - writtenMs > waitsSeconds * 1000);
}

/** Makes the answer be there exactly while the route server is drained. Throws what the system does. */
export function setAnswer({ drainDone }: DrainPaths, state: DrainState): void {
  const isThere = existsSync(drainDone);
  if (state.phase === 'drained' && !hasAnswer(drainDone)) replaceFile(drainDone, `${JSON.stringify(state)}\n`);
  if (state.phase !== 'drained' && isThere) rmSync(drainDone, { recursive: true, force: true });
}

/** An empty answer is none: a preStop that begins empties it, since its shell cannot take it away. */
export function hasAnswer(drainDone: string): boolean {
  return (statSync(drainDone, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** A preStop that begins empties the answer, also where somebody else has asked before it. */
export function hasPreStopBegun({ drainDone }: DrainPaths): boolean {
  return statSync(drainDone, { throwIfNoEntry: false })?.size === 0;
}

/** Which file asks: whoever asks again writes another one. Undefined: none. */
export function requestId({ drainRequest }: DrainPaths): string | undefined {
  const stat = statSync(drainRequest, { throwIfNoEntry: false, bigint: true });
  return stat && [stat.dev, stat.ino, stat.ctimeNs, stat.size].join(' ');
}

/** Takes the request away, also where the reason finds no room, before that or in its place. Throws what the system does. */
export function leaveRefusal(paths: DrainPaths, text: string): void {
  try {
    replaceFile(paths.drainRefused, text);
  } catch {
    // What is there is another one's; the second attempt tells why.
    removeRequest(paths);
    replaceFile(paths.drainRefused, text);
    return;
  }
  removeRequest(paths);
}

/** Takes the request away. Throws what the system does. */
export function removeRequest({ drainRequest }: DrainPaths): void {
  rmSync(drainRequest, { recursive: true, force: true });
}

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

/** A wall clock that was set may make a file look as old as anything. */
const longestAgeMs = 86_400_000;

/**
 * How long ago a preStop wrote its request, or emptied the answer: it has waited as long. By the wall clock of the machine, which
 * wrote the file, too.
 */
export function preStopAgeMs(file: string, nowWallMs: number): number {
  const writtenMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? nowWallMs;
  return Math.min(Math.max(0, nowWallMs - writtenMs), longestAgeMs);
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

/** Takes the request away, and says why. Throws what the system does. */
export function leaveRefusal(paths: DrainPaths, text: string): void {
  replaceFile(paths.drainRefused, text);
  removeRequest(paths);
}

/** Takes the request away. Throws what the system does. */
export function removeRequest({ drainRequest }: DrainPaths): void {
  rmSync(drainRequest, { recursive: true, force: true });
}

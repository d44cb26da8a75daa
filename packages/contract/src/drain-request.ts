import { z } from 'zod';
import { drainCauses, type DrainCause } from './drain-phases.ts';

/** Who asks for a drain, as the request file says it. */
export interface DrainRequester {
  readonly cause: DrainCause;
  /** In words, for people: shown, and never taken as evidence. */
  readonly by: string;
  /** How long whoever asks waits for the answer; left out: that is not known. Nothing is held for longer. */
  readonly waitsSeconds?: number;
  /** By hand: also where it takes the last session of clients. Left out: it is refused there. */
  readonly forced?: true;
}

const longestName = 200;
/** What a reader takes of a request file at most. */
export const longestDrainRequest = 2000;

const schema = z.strictObject({
  cause: z.enum(drainCauses),
  by: z.string(),
  waitsSeconds: z.int().min(0).max(86_400).exactOptional(),
  forced: z.literal(true).exactOptional(),
});

/** The text of a request file, in one line. */
export function drainRequestText({ cause, by, waitsSeconds, forced }: DrainRequester): string {
  const waits = waitsSeconds !== undefined && { waitsSeconds };
  return JSON.stringify({ cause, by: shownName(by), ...waits, ...(forced && { forced }) });
}

/** A text that says nothing is a request all the same: somebody made the file. */
export function readDrainRequest(text: string): DrainRequester {
  const read = schema.safeParse(parse(text));
  return read.success ? { ...read.data, by: shownName(read.data.by) } : { cause: 'unknown', by: 'unknown' };
}

/** One line that no terminal takes as more than text. */
function shownName(name: string): string {
  const shown = name
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, longestName)
    .toWellFormed();
  return shown === '' ? 'unknown' : shown;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: an older preStop made an empty file.
    return undefined;
  }
}

import { agentPaths, mostSessions, type ClientBook } from '@meshrs/contract';
import { toldByStatus } from '@meshrs/contract/clients';
import { parseAgentStatus } from '@meshrs/contract/status';
import { z } from 'zod';
import type { AgentAnswer } from '@meshrs/gate';
import { machineClock } from '../async/clock.ts';
import { firstProblem } from '../parse-answer.ts';
import { get, NoAnswer } from './get.ts';

/** Ten thousand sessions are 4 MB. */
const largestAnswerBytes = 16 * 1024 * 1024;

/**
 * Asks the agent of a pod for its status. Never rejects: whatever comes, and however, is either a status or no answer, with
 * the reason in a few words.
 */
export async function readStatus(address: string, book: ClientBook, signal: AbortSignal): Promise<AgentAnswer> {
  const askedAtMs = machineClock.monotonicMs();
  const pieces: Buffer[] = [];
  const path = agentPaths.status;
  try {
    const { status } = await get({
      ...{ address, path, largestBytes: largestAnswerBytes, signal },
      onPiece: (piece) => pieces.push(Buffer.from(piece)),
    });
    if (status !== 200) return { ok: false, why: `GET ${path} of ${address}: status ${String(status)}` };
  } catch (thrown) {
    if (thrown instanceof NoAnswer) return { ok: false, why: thrown.message };
    throw thrown;
  }
  try {
    const status = parseAgentStatus(JSON.parse(Buffer.concat(pieces).toString('utf8')));
    const { sessions } = status;
    const tooMany =
      'list' in sessions && sessions.list.length > mostSessions
        ? `it tells of more than ${String(mostSessions)} sessions`
        : book.isFull() && 'together with others it tells of more clients than are counted';
    if (tooMany !== false) return { ok: false, why: `GET ${path} of ${address} is not read: ${tooMany}` };
    return { ok: true, told: toldByStatus(book, status), tookMs: machineClock.monotonicMs() - askedAtMs };
  } catch (thrown) {
    return { ok: false, why: `GET ${path} of ${address} is not understood: ${whatIsWrong(thrown)}` };
  }
}

function whatIsWrong(thrown: unknown): string {
  return thrown instanceof z.ZodError ? firstProblem(thrown) : 'it is no JSON';
}

import { agentPaths, ports, shown } from '@meshrs/contract';
import { parseAgentStatus } from '@meshrs/contract/status';
import http from 'node:http';
import { z } from 'zod';
import type { StatusAnswer } from '@meshrs/gate';
import { machineClock } from '../async/clock.ts';
import { systemCode } from '../failure.ts';
import { firstProblem } from '../parse-answer.ts';

/** An agent answers within milliseconds; one that needs longer does not hold up the look at the others. */
const answerTimeoutMs = 2000;
/** Ten thousand sessions are 4 MB. */
const largestAnswerBytes = 16 * 1024 * 1024;
/** Of what somebody else wrote, in a message. */
const longestReason = 200;

/**
 * Asks the agent of a pod. Never rejects: whatever comes, and however, is either a status or no answer, with the reason in
 * a few words.
 */
export async function readStatus(address: string, signal: AbortSignal): Promise<StatusAnswer> {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  const askedAtMs = machineClock.monotonicMs();
  let text: string;
  try {
    text = await get(address, AbortSignal.any([signal, timeout]));
  } catch (thrown) {
    const why = timeout.aborted ? `no answer within ${String(answerTimeoutMs / 1000)} s` : messageOf(thrown);
    return { ok: false, why: `GET ${agentPaths.status} of ${address}: ${why}` };
  }
  try {
    const status = parseAgentStatus(JSON.parse(text));
    return { ok: true, status, tookMs: machineClock.monotonicMs() - askedAtMs };
  } catch (thrown) {
    return { ok: false, why: `GET ${agentPaths.status} of ${address} is not understood: ${whatIsWrong(thrown)}` };
  }
}

async function get(address: string, signal: AbortSignal): Promise<string> {
  const response = await begin(address, signal);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`status ${String(response.statusCode)}`);
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > largestAnswerBytes) throw new Error(`more than ${String(largestAnswerBytes)} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The head of an answer. However a connection ends, and when the signal aborts, this ends, too. */
function begin(address: string, signal: AbortSignal): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const end = () => {
      reject(new Error('the connection ended without an answer'));
    };
    signal.addEventListener('abort', end, { once: true });
    http
      .get({ host: address, port: ports.agent, path: agentPaths.status, signal, agent: false })
      .on('response', resolve)
      .on('upgrade', (_, socket) => {
        socket.destroy();
        end();
      })
      .on('error', reject)
      .on('close', end);
  });
}

function messageOf(thrown: unknown): string {
  return shown(systemCode(thrown) || (thrown instanceof Error ? thrown.message : String(thrown)), longestReason);
}

function whatIsWrong(thrown: unknown): string {
  return thrown instanceof z.ZodError ? firstProblem(thrown) : 'it is no JSON';
}

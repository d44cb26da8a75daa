import { agentPaths, ports } from '@meshrs/contract';
import { parseAgentStatus } from '@meshrs/contract/status';
import http from 'node:http';
import { z } from 'zod';
import type { StatusAnswer } from '@meshrs/gate';
import { systemCode } from '../failure.ts';
import { firstProblem } from '../parse-answer.ts';

/** An agent answers within milliseconds; one that needs longer does not hold up the look at the others. */
const answerTimeoutMs = 2000;
/** Ten thousand sessions are 4 MB. */
const largestAnswerBytes = 16 * 1024 * 1024;

/** Asks the agent of a pod; whatever is no status counts as no answer, with the reason. */
export async function readStatus(address: string, signal: AbortSignal): Promise<StatusAnswer> {
  const timeout = AbortSignal.timeout(answerTimeoutMs);
  let text: string;
  try {
    text = await get(address, AbortSignal.any([signal, timeout]));
  } catch (thrown) {
    const why = timeout.aborted ? `no answer within ${String(answerTimeoutMs / 1000)} s` : messageOf(thrown);
    return { ok: false, why: `GET ${agentPaths.status} of ${address}: ${why}` };
  }
  try {
    return { ok: true, status: parseAgentStatus(JSON.parse(text)) };
  } catch (thrown) {
    return { ok: false, why: `GET ${agentPaths.status} of ${address} is not understood: ${whatIsWrong(thrown)}` };
  }
}

async function get(address: string, signal: AbortSignal): Promise<string> {
  const host = address.includes(':') ? `[${address}]` : address;
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http
      .get(`http://${host}:${String(ports.agent)}${agentPaths.status}`, { signal, agent: false })
      .on('response', resolve)
      .on('error', reject);
  });
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

function messageOf(thrown: unknown): string {
  return systemCode(thrown) || (thrown instanceof Error ? thrown.message : String(thrown));
}

function whatIsWrong(thrown: unknown): string {
  return thrown instanceof z.ZodError ? firstProblem(thrown) : 'it is no JSON';
}

import net from 'node:net';
import { AgentFailure, systemCode } from '../failure.ts';
import { responseSchema, type AgentRequest, type AgentResponse } from './protocol.ts';

const patienceMs = 10_000;

/**
 * Asks the sidecar of this pod.
 * @throws AgentFailure `agent-not-running`, `agent-answer-not-understood`
 */
export async function sendRequest(socket: string, request: AgentRequest): Promise<AgentResponse> {
  const text = await new Promise<string>((resolve, reject) => {
    let answer = '';
    const connection = net.connect(socket, () => {
      connection.write(`${JSON.stringify(request)}\n`);
    });
    connection.setEncoding('utf8');
    connection.setTimeout(patienceMs, () => {
      connection.destroy(new Error(`there was no answer within ${String(patienceMs / 1000)} s`));
    });
    connection.on('data', (piece: string) => {
      answer += piece;
    });
    connection.on('end', () => {
      connection.end();
      resolve(answer);
    });
    connection.on('error', (cause) => {
      reject(
        new AgentFailure(
          `The sidecar does not answer at ${socket} (${systemCode(cause) || cause.message}). Run this in the container where "mesh-agent sidecar" runs.`,
          { code: 'agent-not-running', operation: request.kind, retryable: true, cause },
        ),
      );
    });
  });
  const response = responseSchema.safeParse(parse(text));
  if (response.success) return response.data;
  throw new AgentFailure(`The sidecar gave an answer that is not understood: ${JSON.stringify(text.slice(0, 120))}.`, {
    code: 'agent-answer-not-understood',
    operation: request.kind,
    retryable: false,
    cause: response.error,
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller reports the text itself.
    return undefined;
  }
}

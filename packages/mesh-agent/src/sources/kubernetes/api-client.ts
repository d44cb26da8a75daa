import type { IncomingMessage } from 'node:http';
import type https from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import { AgentFailure, systemCode, type AgentFailureCode } from '../../failure.ts';
import type { ApiAccess, ApiCredentials } from './access.ts';

/** Reads of a Kubernetes API: whole answers, and watches. */
export interface ApiClient {
  /** The JSON at a path. @throws AgentFailure */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /**
   * Calls `onLine` with every JSON line of the watch at a path; resolves when the API ends it. What `onLine` throws ends
   * the watch. @throws AgentFailure
   */
  watch(path: string, onLine: (line: unknown) => void, signal: AbortSignal): Promise<void>;
  /** Ends connections that are not in use; a later request makes a new one. */
  readonly close: () => void;
}

/** How long the API may take to begin an answer. */
const answerTimeoutMs = 10_000;
/** A watch without a byte for this long is dead: bookmarks come about every minute (kube-apiserver, cacher.go). */
const watchIdleMs = 150_000;
/** TCP probes on an idle watch begin after this; Node then sends one a second, ten times. */
const keepAliveMs = 10_000;

/**
 * A client on the platform's own HTTPS. The official client needs 200 ms to load and 75 MiB before its first request
 * (bench/kubernetes-client.md); the agent reads few kinds of objects. `rights` are what a Role must give to its user.
 *
 * Long: one connection is opened, read and given up for get and watch alike.
 */
export function createApiClient(access: ApiAccess, { rights = meshRights } = {}): ApiClient {
  let agent: { readonly key: string; readonly agent: https.Agent } | undefined;

  return {
    get: async (path, signal) => {
      const response = await open(path, signal, { timeoutMs: answerTimeoutMs });
      let text = '';
      response.setEncoding('utf8');
      await consume(path, response, (piece) => {
        text += String(piece);
      });
      return parseJson(path, text);
    },
    watch: async (path, onLine, signal) => {
      const response = await open(path, signal, { timeoutMs: watchIdleMs });
      const decoder = new StringDecoder('utf8');
      let rest = '';
      await consume(path, response, (piece) => {
        const lines = `${rest}${typeof piece === 'string' ? piece : decoder.write(piece)}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') onLine(parseJson(path, line));
      });
    },
    close: () => {
      agent?.agent.destroy();
      agent = undefined;
    },
  };

  async function open(
    path: string,
    signal: AbortSignal,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<IncomingMessage> {
    // Loaded here, because a startup snapshot cannot hold it.
    const https = await import('node:https');
    const credentials = await access.credentials();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = https.get(new URL(path, access.server), {
        agent: agentFor(credentials, https.Agent),
        signal,
        timeout: answerTimeoutMs,
        headers: {
          accept: 'application/json',
          'user-agent': 'meshrs-agent',
          ...(credentials.token !== undefined && { authorization: `Bearer ${credentials.token}` }),
        },
      });
      request.on('response', (answer) => {
        // From here on silence is measured by the kind of request.
        request.setTimeout(timeoutMs);
        resolve(answer);
      });
      request.on('timeout', () => {
        request.destroy(
          new AgentFailure(`The Kubernetes API at ${access.server.host} did not answer in time.`, {
            code: 'api-timeout',
            operation: `GET ${path}`,
            retryable: true,
          }),
        );
      });
      request.on('error', (error) => {
        reject(error instanceof AgentFailure ? error : unreachable(path, error));
      });
    });
    if (response.statusCode === 200) return response;
    let body = '';
    response.setEncoding('utf8');
    await consume(path, response, (piece) => {
      // A Status object is small; what is longer is no Status.
      if (body.length < 10_000) body += String(piece);
    });
    throw refusal(path, response.statusCode ?? 0, { body, rights });
  }

  function agentFor(credentials: ApiCredentials, Agent: typeof https.Agent): https.Agent {
    const { ca, clientCertificate } = credentials;
    const key = JSON.stringify([ca, clientCertificate]);
    if (agent?.key !== key) {
      // The CA or the certificate was replaced: connections made with the old one end when their requests do.
      agent?.agent.destroy();
      agent = {
        key,
        agent: new Agent({
          keepAlive: true,
          keepAliveMsecs: keepAliveMs,
          maxCachedSessions: 1,
          ...(ca !== undefined && { ca }),
          ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
        }),
      };
    }
    return agent.agent;
  }

  function unreachable(path: string, cause: Error): AgentFailure {
    return new AgentFailure(
      `The Kubernetes API at ${access.server.host} cannot be reached: ${systemCode(cause) || cause.message}.`,
      { code: 'api-unreachable', operation: `GET ${path}`, retryable: true, cause },
    );
  }

  async function consume(
    path: string,
    response: IncomingMessage,
    onPiece: (piece: string | Buffer) => void,
  ): Promise<void> {
    try {
      for await (const piece of response) onPiece(piece as string | Buffer);
    } catch (cause) {
      if (cause instanceof AgentFailure) throw cause;
      throw unreachable(path, cause instanceof Error ? cause : new Error(String(cause)));
    }
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AgentFailure(
      `The Kubernetes API answered ${path} with what is no JSON: ${JSON.stringify(text.slice(0, 80))}.`,
      { code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true, cause },
    );
  }
}

const meshRights = 'verbs list and watch on endpointslices of discovery.k8s.io';

const refusals: Readonly<Record<number, { readonly code: AgentFailureCode; readonly hint: string }>> = {
  401: { code: 'api-unauthorized', hint: 'The token is not valid (any more); it is read again at the next try.' },
  404: { code: 'api-not-found', hint: 'It is looked for again.' },
  410: { code: 'api-gone', hint: 'The list is read anew.' },
};

function refusal(
  path: string,
  status: number,
  { body, rights }: { readonly body: string; readonly rights: string },
): AgentFailure {
  const forbidden = { code: 'api-forbidden' as const, hint: `The ServiceAccount needs a Role with ${rights}.` };
  const other = { code: 'api-refused' as const, hint: 'It is tried again.' };
  const { code, hint } = status === 403 ? forbidden : (refusals[status] ?? other);
  return new AgentFailure(`The Kubernetes API answered ${String(status)}: ${statusMessage(body)} ${hint}`, {
    code,
    operation: `GET ${path}`,
    retryable: true,
  });
}

/** The message of a Status object, or the beginning of what came instead. */
function statusMessage(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status === 'object' && status !== null && 'message' in status) return `${String(status.message)}.`;
  } catch {
    // A proxy in between answers in HTML; its beginning tells which.
  }
  return JSON.stringify(body.slice(0, 120));
}

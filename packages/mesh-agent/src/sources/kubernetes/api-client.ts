import type { IncomingMessage } from 'node:http';
import type https from 'node:https';
import { AgentFailure, systemCode, type AgentFailureCode } from '../../failure.ts';
import type { ApiAccess, ApiCredentials } from './access.ts';
import { createLineReader } from './line-reader.ts';

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

/** Reads that tell, too, what time it is at the API server. */
export interface DatedApiClient {
  /** The JSON at a path, and when it was answered, by the API server's clock to the second. @throws AgentFailure */
  getDated(path: string, signal: AbortSignal): Promise<DatedAnswer>;
  readonly close: () => void;
}

export interface DatedAnswer {
  readonly value: unknown;
  /** Undefined where the answer bears no date. */
  readonly dateMs: number | undefined;
}

/** Requests that write, and those whose refusal says something. */
export interface ExchangingApiClient {
  /** Whatever the API answers, a refusal too. @throws AgentFailure where there is no answer */
  exchange(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeAnswer>;
  readonly close: () => void;
}

export interface ExchangeRequest {
  /** A PATCH is a JSON merge patch (RFC 7396). */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

export interface ExchangeAnswer extends DatedAnswer {
  readonly status: number;
}

/** How long the API may take to begin an answer. */
const answerTimeoutMs = 10_000;
/** A watch without a byte for this long is dead: bookmarks come about every minute (kube-apiserver, cacher.go). */
const watchIdleMs = 150_000;
/** A whole answer must be there by then, however steadily it trickles. */
const longestAnswerMs = 60_000;
/** What an answer and a line of a watch may have: ten times what 500 route servers make of one. */
const largest = { answerBytes: 16 * 2 ** 20, lineBytes: 4 * 2 ** 20, refusalBytes: 16 * 2 ** 10 };
/** TCP probes on an idle watch begin after this; Node then sends one a second, ten times. */
const keepAliveMs = 10_000;

/**
 * A client on the platform's own HTTPS. The official client needs 200 ms to load and 75 MiB before its first request
 * (bench/kubernetes-client.md); the agent reads few kinds of objects. `rights` are what a Role must give to its user.
 *
 * Long: one connection is opened, read and given up for get and watch alike.
 */
export function createApiClient(
  access: ApiAccess,
  { rights = meshRights, wholeAnswerMs = longestAnswerMs } = {},
): ApiClient & DatedApiClient & ExchangingApiClient {
  let agent: { readonly key: string; readonly agent: https.Agent } | undefined;

  return {
    get: async (path, signal) => (await getDated(path, signal)).value,
    getDated,
    exchange,
    watch: async (path, onLine, signal) => {
      const response = await openRead(path, signal, { timeoutMs: watchIdleMs });
      const lines = createLineReader(largest.lineBytes);
      await consume(path, response, (piece) => {
        for (const line of lines.read(piece)) onLine(parseJson(path, line));
        if (lines.isTooLong()) throw tooLarge(path, 'a line of the watch', largest.lineBytes);
      });
    },
    close: () => {
      agent?.agent.destroy();
      agent = undefined;
    },
  };

  async function getDated(path: string, signal: AbortSignal): Promise<DatedAnswer> {
    return await inTime(path, signal, async (ending) => {
      const response = await openRead(path, ending, { timeoutMs: answerTimeoutMs });
      return await readDated(path, response);
    });
  }

  async function exchange(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeAnswer> {
    const { path } = request;
    return await inTime(path, signal, async (ending) => {
      const response = await open(request, ending, { timeoutMs: answerTimeoutMs });
      return { status: response.statusCode ?? 0, ...(await readDated(path, response)) };
    });
  }

  async function inTime<T>(path: string, signal: AbortSignal, work: (ending: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = AbortSignal.timeout(wholeAnswerMs);
    try {
      return await work(AbortSignal.any([signal, deadline]));
    } catch (thrown) {
      throw deadline.aborted && !signal.aborted ? tooLate(path) : thrown;
    }
  }

  async function readDated(path: string, response: IncomingMessage): Promise<DatedAnswer> {
    const dateMs = Date.parse(response.headers.date ?? '');
    const value = parseJson(path, await readWhole(path, response));
    return { value, dateMs: Number.isNaN(dateMs) ? undefined : dateMs };
  }

  async function openRead(
    path: string,
    signal: AbortSignal,
    limits: { readonly timeoutMs: number },
  ): Promise<IncomingMessage> {
    const response = await open({ method: 'GET', path }, signal, limits);
    if (response.statusCode === 200) return response;
    const body = await readBeginning(path, response);
    throw refusal(path, response.statusCode ?? 0, { message: statusMessage(body), rights });
  }

  async function open(
    { method, path, body }: ExchangeRequest,
    signal: AbortSignal,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<IncomingMessage> {
    // Loaded here, because a startup snapshot cannot hold it.
    const https = await import('node:https');
    const credentials = await access.credentials();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const identity = access.identity === undefined ? undefined : await certifiedAs(access.identity);
    // A certificate that is none, or a token with odd characters, makes the call itself throw.
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const request = https.request(new URL(path, access.server), {
        method,
        agent: agentFor(credentials, https.Agent),
        signal,
        timeout: answerTimeoutMs,
        ...identity,
        headers: {
          accept: 'application/json',
          'user-agent': 'meshrs-agent',
          ...(credentials.token !== undefined && { authorization: `Bearer ${credentials.token}` }),
          ...(text !== undefined && {
            'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
        },
      });
      request.on('response', (answer) => {
        // From here on silence is measured by the kind of request.
        request.setTimeout(timeoutMs);
        resolve(answer);
      });
      request.on('timeout', () => {
        request.destroy(tooLate(path));
      });
      request.on('error', (error) => {
        reject(error);
      });
      request.end(text);
    }).catch((thrown: unknown) => {
      throw asFailure(path, thrown);
    });
  }

  async function readWhole(path: string, response: IncomingMessage): Promise<string> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    await consume(path, response, (piece) => {
      bytes += piece.length;
      if (bytes > largest.answerBytes) throw tooLarge(path, 'an answer', largest.answerBytes);
      pieces.push(piece);
    });
    return Buffer.concat(pieces).toString('utf8');
  }

  /** A Status object is small; what is longer is no Status, and may never end. */
  async function readBeginning(path: string, response: IncomingMessage): Promise<string> {
    const pieces: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const piece of response) {
        pieces.push(piece as Buffer);
        bytes += (piece as Buffer).length;
        if (bytes > largest.refusalBytes) break;
      }
    } catch (cause) {
      throw asFailure(path, cause);
    }
    return Buffer.concat(pieces).toString('utf8');
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

  function tooLate(path: string): AgentFailure {
    return new AgentFailure(`The Kubernetes API at ${access.server.host} did not answer in time.`, {
      code: 'api-timeout',
      operation: `GET ${path}`,
      retryable: true,
    });
  }

  function asFailure(path: string, cause: unknown): AgentFailure {
    if (cause instanceof AgentFailure) return cause;
    return unreachable(path, cause instanceof Error ? cause : new Error(String(cause)));
  }

  /** What `onPiece` throws ends the connection. */
  async function consume(path: string, response: IncomingMessage, onPiece: (piece: Buffer) => void): Promise<void> {
    try {
      for await (const piece of response) onPiece(piece as Buffer);
    } catch (cause) {
      throw asFailure(path, cause);
    }
  }
}

function tooLarge(path: string, what: string, bytes: number): AgentFailure {
  return new AgentFailure(
    `The Kubernetes API gave ${what} with more than ${String(bytes / 2 ** 20)} MiB for ${path}; it was not read to its end.`,
    { code: 'api-answer-too-large', operation: `GET ${path}`, retryable: true },
  );
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

/** What the source of a mesh group needs. */
export const meshRights = 'verbs list and watch on endpointslices of discovery.k8s.io';

const refusals: Readonly<Record<number, { readonly code: AgentFailureCode; readonly hint: string }>> = {
  401: { code: 'api-unauthorized', hint: 'The token is not valid (any more); it is read again at the next try.' },
  404: { code: 'api-not-found', hint: 'It is looked for again.' },
  410: { code: 'api-gone', hint: 'The list is read anew.' },
};

/** How the API server says that a policy refused, and not RBAC: no Role would help (kube-apiserver, validatingadmissionpolicy). */
const policyDenial = /ValidatingAdmissionPolicy '[^']{1,300}' with binding '[^']{1,300}' denied request: (?<why>.+)$/s;

/** What an answer that is no success says. */
export function refusalOf(
  { method, path }: ExchangeRequest,
  { status, value }: ExchangeAnswer,
  rights: string,
): AgentFailure {
  return refusal(path, status, { message: messageOf(value) ?? '', rights, method });
}

function refusal(
  path: string,
  status: number,
  { message, rights, method = 'GET' }: { readonly message: string; readonly rights: string; readonly method?: string },
): AgentFailure {
  const denied = policyDenial.exec(message)?.groups?.['why'];
  if (denied !== undefined) {
    return new AgentFailure(`An admission policy of the API server refused it: ${denied}`, {
      ...{ code: 'api-refused', operation: `${method} ${path}`, retryable: true },
    });
  }
  const forbidden = { code: 'api-forbidden' as const, hint: `Whoever asks needs a Role with ${rights}.` };
  const other = { code: 'api-refused' as const, hint: 'It is tried again.' };
  const { code, hint } = status === 403 ? forbidden : (refusals[status] ?? other);
  return new AgentFailure(`The Kubernetes API answered ${String(status)}: ${message} ${hint}`, {
    code,
    operation: `${method} ${path}`,
    retryable: true,
  });
}

/** The message of a Status object, or the beginning of what came instead. */
function statusMessage(body: string): string {
  try {
    const message = messageOf(JSON.parse(body));
    if (message !== undefined) return message;
  } catch {
    // A proxy in between answers in HTML; its beginning tells which.
  }
  return JSON.stringify(body.slice(0, 120));
}

function messageOf(status: unknown): string | undefined {
  if (typeof status !== 'object' || status === null || !('message' in status)) return undefined;
  const message = String(status.message);
  // What a policy says has names of up to 340 characters, and ends with what to do.
  return `${message.slice(0, policyDenial.test(message) ? 2000 : 300)}.`;
}

/** Another name than that of the URL on the server's certificate. */
async function certifiedAs(identity: string): Promise<https.RequestOptions> {
  const { checkServerIdentity } = await import('node:tls');
  const { isIP } = await import('node:net');
  return {
    // RFC 6066 section 3: an address is no server name.
    ...(isIP(identity) === 0 && { servername: identity }),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(identity, certificate),
  };
}

import { agentPaths as httpPaths, type AgentStatus } from '@meshrs/contract';
import type http from 'node:http';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import type { Log } from '../log/log.ts';

export interface HttpOptions {
  readonly address: string;
  readonly port: number;
  readonly log: Log;
  readonly readiness: () => AgentStatus['readiness'];
  readonly status: () => Promise<AgentStatus>;
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Whoever reaches the pod may read; slow or many readers must not hold the agent up. */
const limits = { maxConnections: 100, requestTimeoutMs: 5000, headersTimeoutMs: 5000, keepAliveTimeoutMs: 5000 };

/**
 * The read-only HTTP of the agent. Resolves when it listens, with a function that closes it.
 * @throws AgentFailure `address-not-available`
 */
export async function startHttpServer(options: HttpOptions): Promise<() => Promise<void>> {
  const routes: Readonly<Record<string, () => Promise<Answer> | Answer>> = {
    [httpPaths.alive]: () => text(200, 'ok\n'),
    [httpPaths.ready]: () => {
      const readiness = options.readiness();
      return json(readiness.isReady ? 200 : 503, readiness);
    },
    [httpPaths.status]: async () => json(200, await options.status()),
    [httpPaths.metrics]: async () => {
      const { text: body, contentType } = await options.metrics();
      return { status: 200, contentType, body };
    },
  };
  // Loaded here, because a startup snapshot cannot hold it.
  const { createServer } = await import('node:http');
  const server = createServer(
    {
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.headersTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
    },
    (request, response) => {
      void answer(request).then(({ status, contentType, body }) => {
        response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
    },
  );
  server.maxConnections = limits.maxConnections;
  await listen(server, options);
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });

  async function answer(request: http.IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) return text(404, `There is nothing at this path; there is ${Object.keys(routes).join(', ')}.\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return text(405, 'Everything here is read-only; use GET.\n');
    }
    try {
      return await route();
    } catch (thrown) {
      options.log.error('request-failed', { path, failure: describeFailure(thrown) });
      return text(500, 'The answer could not be made; the log says why.\n');
    }
  }
}

function listen(
  server: http.Server,
  { address, port }: { readonly address: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new AgentFailure(
          `The agent cannot listen on ${address} port ${String(port)} (${systemCode(cause)}). POD_IP must be an address of this pod, and no other process may have the port.`,
          { code: 'address-not-available', operation: 'listen for HTTP', retryable: false, cause },
        ),
      );
    });
    server.listen({ host: address, port, backlog: 64 }, () => {
      resolve();
    });
  });
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: 'application/json', body: `${JSON.stringify(value)}\n` };
}

import type { IpAddress } from '@meshrs/network';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import type { Clock } from '../async/clock.ts';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import type { Log } from '../log/log.ts';
import { evictionStatus, pinStatus } from '../engine/shown-guard.ts';
import { requestSchema, type AgentRequest, type AgentResponse } from './protocol.ts';

export interface RequestServerOptions {
  readonly socket: string;
  readonly engine: Pick<MeshEngine, 'evictions' | 'pins' | 'clearEvictions'>;
  /** Answers lines that are another kind of request; undefined for those that are not. */
  readonly operator: (line: string) => Promise<object> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A request is a line of at most this many characters. */
const longestRequest = 1000;
const patienceMs = 5000;

/**
 * Answers `mesh-agent evictions` on a unix socket that the same user alone may use. Resolves when it listens.
 * @throws AgentFailure `address-not-available`
 */
export async function startRequestServer(options: RequestServerOptions): Promise<void> {
  const { socket, engine, clock, log, signal } = options;
  const server = net.createServer({ allowHalfOpen: true }, (connection) => {
    connection.setTimeout(patienceMs, () => connection.destroy());
    connection.on('error', () => connection.destroy());
    let text = '';
    connection.setEncoding('utf8');
    connection.on('data', (piece: string) => {
      text += piece;
      if (text.length > longestRequest) connection.destroy();
      const end = text.indexOf('\n');
      if (end < 0) return;
      connection.pause();
      const line = text.slice(0, end);
      void (options.operator(line) ?? answer(line)).then((response) => {
        connection.end(`${JSON.stringify(response)}\n`);
      });
    });
  });
  // What an agent before this one left; two sidecars in one pod cannot be.
  await rm(socket, { force: true }).catch((cause: unknown) => {
    throw notAvailable(socket, cause);
  });
  await listen(server, socket);
  signal.addEventListener(
    'abort',
    () => {
      server.close();
    },
    { once: true },
  );

  async function answer(line: string): Promise<AgentResponse> {
    try {
      const request = readRequest(line);
      if (!request) return { ok: false, message: `This is no request: ${line}` };
      const { evictions, pins } =
        request.kind === 'list-evictions'
          ? { evictions: engine.evictions(), pins: engine.pins() }
          : await clear(request.which);
      return {
        ok: true,
        evictions: evictions.map((eviction) => evictionStatus(eviction, clock)),
        pins: pins.map((pin) => pinStatus(pin, clock)),
      };
    } catch (thrown) {
      const failure = describeFailure(thrown);
      log.error('request-failed', { request: line, failure });
      return { ok: false, message: failure.message };
    }
  }

  async function clear(which: IpAddress | 'all') {
    const { evictions, unpinned, leaving } = await engine.clearEvictions(which, signal);
    for (const eviction of evictions) {
      log.info('eviction-ended', { ...evictionStatus(eviction, clock), why: 'cleared' });
    }
    for (const { address, group } of unpinned) log.info('client-unpinned', { address, group });
    return {
      evictions,
      pins: [...unpinned.map((pin) => ({ ...pin, isLeaving: false, standing: 'down' as const })), ...leaving],
    };
  }
}

function readRequest(line: string): AgentRequest | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(line)).data;
  } catch {
    // No JSON: the caller is told that it is no request.
    return undefined;
  }
}

function listen(server: net.Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(notAvailable(socket, cause));
    });
    // The socket is bound within the call, with the mode that the mask of this moment leaves.
    const mask = process.umask(0o177);
    try {
      server.listen(socket, () => {
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

function notAvailable(socket: string, cause: unknown): AgentFailure {
  return new AgentFailure(
    `The agent cannot listen at ${socket} (${systemCode(cause)}). Its folder must be writable for this user; in a pod it is an emptyDir that the engine's container shares.`,
    { code: 'address-not-available', operation: 'listen for requests', retryable: true, cause },
  );
}

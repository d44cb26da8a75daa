import type { IpAddress } from '@meshrs/network';
import { rm } from 'node:fs/promises';
import net from 'node:net';
import type { Clock } from '../async/clock.ts';
import { within } from '../async/within.ts';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import type { Log } from '../log/log.ts';
import { evictionStatus, heldStatus, pinStatus, toldPins } from '../engine/shown-guard.ts';
import { requestSchema, type AgentRequest, type AgentResponse } from './protocol.ts';

export interface RequestServerOptions {
  readonly socket: string;
  readonly engine: Pick<MeshEngine, 'evictions' | 'pins' | 'held' | 'clearEvictions'>;
  /** Answers lines that are another kind of request; undefined for those that are not. */
  readonly operator: (line: string) => Promise<object> | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A request is a line of at most this many characters. */
const longestRequest = 1000;
const patienceMs = 5000;
/** So long the engine may take to clear; who asks waits longer (`send-request.ts`). */
const clearMs = 5000;

/**
 * Answers `mesh-agent evictions` on a unix socket that the same user alone may use. Resolves when it listens.
 * @throws AgentFailure `address-not-available`
 */
export async function startRequestServer(options: RequestServerOptions): Promise<void> {
  const { socket, engine, clock, log, signal } = options;
  const server = net.createServer({ allowHalfOpen: true }, (connection) => {
    // For who says nothing. Whoever has asked waits for as long as the answer takes: each has a deadline of its own.
    connection.setTimeout(patienceMs, () => connection.destroy());
    connection.on('error', () => connection.destroy());
    let text = '';
    connection.setEncoding('utf8');
    connection.on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      // What is refused is not done either.
      if (text.length > longestRequest) connection.destroy();
      if (text.length > longestRequest || end < 0) return;
      connection.pause();
      connection.setTimeout(0);
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
      const { evictions, pins, held } =
        request.kind === 'list-evictions'
          ? { evictions: engine.evictions(), pins: toldPins(engine.pins()), held: engine.held() }
          : await clear(request.which);
      return {
        ok: true,
        evictions: evictions.map((eviction) => evictionStatus(eviction, clock)),
        pins: pins.map((pin) => pinStatus(pin, clock)),
        held: held.map((client) => heldStatus(client, clock)),
      };
    } catch (thrown) {
      const failure = describeFailure(thrown);
      log.error('request-failed', { request: line, failure });
      return { ok: false, message: failure.message };
    }
  }

  async function clearInTime(which: IpAddress | 'all') {
    const wanted = new AbortController();
    try {
      return await within(clearMs, engine.clearEvictions(which, signal, wanted.signal), notInTime);
    } finally {
      wanted.abort();
    }
  }

  async function clear(which: IpAddress | 'all') {
    const { evictions, unpinned, leaving, released } = await clearInTime(which);
    for (const eviction of evictions) {
      log.info('eviction-ended', { ...evictionStatus(eviction, clock), why: 'cleared' });
    }
    for (const { address, group } of unpinned) log.info('client-unpinned', { address, group, why: 'cleared' });
    for (const client of released) log.info('client-released', { ...heldStatus(client, clock), why: 'cleared' });
    return {
      evictions,
      held: released,
      pins: [...unpinned.map((pin) => ({ ...pin, isLeaving: false, standing: 'down' as const })), ...leaving],
    };
  }
}

function notInTime(): AgentFailure {
  return new AgentFailure(
    `The engine has not answered for ${String(clearMs / 1000)} s; see engine in /status. "mesh-agent evictions list" says who is still kept out; ask again when the engine answers.`,
    { code: 'no-answer-in-time', operation: 'clear evictions', retryable: true },
  );
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

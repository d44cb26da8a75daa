import type { Clock } from '../async/clock.ts';
import net from 'node:net';
import { AgentFailure, describeFailure, systemCode } from '../failure.ts';
import type { Log } from '../log/log.ts';
import type { Answer, LaterAnswer } from './answer.ts';
import { chooseWhoGoes } from './choose-who-goes.ts';
import { openConnection, type Connection } from './connection.ts';
import type { ListenerLimits, ListenerName, Refusal } from './limits.ts';
import { createRefusalLog } from './refusal-log.ts';
import { createTurnsBySource } from './turns-by-source.ts';

export interface ListenerOptions {
  readonly name: ListenerName;
  readonly address: string;
  readonly port: number;
  readonly limits: ListenerLimits;
  readonly log: Log;
  readonly clock: Clock;
  readonly answer: (method: string, path: string) => Answer | LaterAnswer;
  readonly onRefused: (listener: ListenerName, reason: Refusal) => void;
}

/** How often deadlines are looked at while there are connections. */
const sweepMs = 100;
/**
 * Connections that the kernel has and the agent has not taken yet; who finds no place there asks again a second later, too
 * late for a probe. One socket has 4096 at most (net.core.somaxconn), so several share the port (socket(7), SO_REUSEPORT).
 */
const backlog = 4096;
const queues = 8;

/**
 * Listens for requests and keeps to its limits. It does without node:http, which parses all that a connection sends before
 * it can be stopped (docs/decisions/0023). Resolves when it listens, with a function that closes it.
 * @throws AgentFailure `address-not-available`
 */
export async function startListener(options: ListenerOptions): Promise<() => Promise<void>> {
  const { limits, clock } = options;
  const refused = createRefusalLog({ ...options, listener: options.name });
  const connections = new Set<Connection>();
  const countBySource = new Map<string, number>();
  const turns = createTurnsBySource<Connection>(limits.largeAnswers);
  let timer: NodeJS.Timeout | undefined;

  const forConnections = { ...options, turns, onRefused: refused, onClosed: forget };
  const looksAtSources = limits.connectionsOfSource !== undefined;

  // In a flood this is what the agent does with its time: nothing here is done that need not be done for each connection.
  const accept = (socket: net.Socket) => {
    const source = looksAtSources ? socket.remoteAddress : '';
    // Gone before it was taken.
    if (source === undefined) {
      socket.destroy();
      return;
    }
    const connection = openConnection(socket, source, forConnections);
    connections.add(connection);
    if (looksAtSources) countBySource.set(source, (countBySource.get(source) ?? 0) + 1);
    const choice = chooseWhoGoes(connection, connections, countBySource, limits);
    choice?.goes.refuse(choice.reason);
    timer ??= setTimeout(sweepSoon, sweepMs);
  };
  // Alone first: sockets that share a port would share it with another agent of the same user, too, without a word.
  await close(await listen(options, { isShared: false }));
  const servers = await Promise.all(Array.from({ length: queues }, () => listen(options, { isShared: true })));
  for (const server of servers) {
    server.on('connection', accept);
    server.on('error', (cause) => {
      // A connection could not be taken, for want of file descriptors or memory; the next may be.
      options.log.error('request-failed', { listener: options.name, failure: describeFailure(cause) });
    });
  }
  return async () => {
    clearTimeout(timer);
    const closed = servers.map(close);
    for (const connection of connections) connection.end();
    await Promise.all(closed);
  };

  function forget(connection: Connection): void {
    connections.delete(connection);
    if (!looksAtSources) return;
    const left = (countBySource.get(connection.source) ?? 1) - 1;
    if (left === 0) countBySource.delete(connection.source);
    else countBySource.set(connection.source, left);
  }

  /** After what has arrived was read: where the agent itself was late, nobody else is. */
  function sweepSoon(): void {
    setImmediate(sweep);
  }

  function sweep(): void {
    const nowMs = clock.monotonicMs();
    for (const connection of connections) if (nowMs > connection.deadlineMs) connection.refuse(connection.lateFor);
    if (turns.isAnyWaiting()) {
      for (const connection of turns.inside)
        if (nowMs - connection.progressMs > limits.yieldMs) connection.refuse('slow-reader');
    }
    timer = connections.size > 0 ? setTimeout(sweepSoon, sweepMs) : undefined;
  }
}

function listen(
  { address, port, name }: ListenerOptions,
  { isShared }: { readonly isShared: boolean },
): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new AgentFailure(
          `The agent cannot listen on ${address} port ${String(port)} (${systemCode(cause)}), its port "${name}". POD_IP must be an address of this pod, and no other process may have the port; in the host's network (exposure: hostNetwork) that means no other process of the node.`,
          { code: 'address-not-available', operation: 'listen for HTTP', retryable: false, cause },
        ),
      );
    });
    server.listen({ host: address, port, backlog, reusePort: isShared }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

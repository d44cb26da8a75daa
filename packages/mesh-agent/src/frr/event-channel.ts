import { parseAddress, type IpAddress } from '@meshrs/network';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { EngineFailure } from '../engine/engine-failure.ts';

/** What bgpd's log tells of one session. */
export interface SessionEvent {
  readonly kind: 'up' | 'down' | 'maximum-prefix-exceeded';
  readonly address: IpAddress;
}

/**
 * A unix socket to which bgpd writes its log (`log extended`, RFC 5424 format; FRR manual, "Extended logging"), so that
 * the agent hears of a session at the moment when it comes or goes, and of an exceeded maximum-prefix at all: bgpd
 * forgets a range client together with the reason for its end. bgpd drops messages rather than wait for a slow reader.
 */
export interface EventChannel {
  readonly socketPath: string;
  close(): Promise<void>;
}

/** bgpd's name of the log target. */
export const logTarget = 'MESHRS-AGENT';

/** The commands of `configure terminal` that make bgpd write to the channel. */
export function subscribeCommands(socketPath: string): readonly string[] {
  return [
    `log extended ${logTarget}`,
    `destination unix ${socketPath} format rfc5424`,
    'priority informational',
    'exit',
  ];
}

/** Rejects with EngineFailure `events-not-available`. */
export async function openEventChannel(
  socketPath: string,
  onEvents: (events: readonly SessionEvent[]) => void,
): Promise<EventChannel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // What follows an error is always 'close'; bgpd connects again.
    socket.on('error', () => undefined);
    listen(socket, onEvents);
  });
  await bind(server, socketPath);
  return {
    socketPath,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(socketPath, { force: true });
    },
  };
}

/** The event that a line of the log tells; undefined for any other line. */
export function parseLogLine(line: string): SessionEvent | undefined {
  const sign = line.indexOf('%');
  if (sign < 0) return undefined;
  const message = line.slice(sign);
  const change = /^%ADJCHANGE: neighbor ([0-9a-fA-F.:]+)\S* in vrf \S+ (Up|Down)/.exec(message);
  if (change) return toEvent(change[2] === 'Up' ? 'up' : 'down', change[1]);
  const exceeded = /^%MAXPFXEXCEED: No\. of .+ prefix received from ([0-9a-fA-F.:]+)/.exec(message);
  return exceeded ? toEvent('maximum-prefix-exceeded', exceeded[1]) : undefined;
}

function toEvent(kind: SessionEvent['kind'], text: string | undefined): SessionEvent | undefined {
  const address = parseAddress(text ?? '');
  return address === undefined ? undefined : { kind, address };
}

function listen(socket: Socket, onEvents: (events: readonly SessionEvent[]) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    // A line without an end is kept, but no endless one.
    rest = (lines.pop() ?? '').slice(-4096);
    const events = lines.map(parseLogLine).filter((event) => event !== undefined);
    if (events.length > 0) onEvents(events);
  });
}

async function bind(server: Server, socketPath: string): Promise<void> {
  try {
    // An agent that crashed leaves its socket behind.
    rmSync(socketPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
    chmodSync(socketPath, 0o660);
  } catch (cause) {
    throw new EngineFailure(
      `The socket ${socketPath} for bgpd's events could not be made: ${cause instanceof Error ? cause.message : String(cause)}. Its folder must be writable for this user.`,
      { code: 'events-not-available', engine: 'frr', operation: 'connect', retryable: true, cause },
    );
  }
}

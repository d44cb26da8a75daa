import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ports } from '@meshrs/contract';
import {
  encodeAnnouncement,
  encodeKeepalive,
  encodeOpen,
  encodeWithdrawal,
  macRoute,
  messageTypes,
  splitMessages,
} from '../frr/bgp-messages.ts';
import type { Attack } from './plan.ts';

/** Runs hostile peers inside a network namespace; the soak starts it there and talks to it over Node's IPC. */
export type HostileRequest =
  | {
      readonly kind: 'attack';
      readonly attack: Attack;
      /** The hostile's own address. */
      readonly from: string;
      readonly remote: string;
      /** Of a good client, for what a forged text says. */
      readonly victim: string;
    }
  | { readonly kind: 'stop' };

export interface HostileMessage {
  readonly id: number;
}

const sockets = new Set<Socket>();
/** Grows when all attacks end; an attack of an older generation does not go on. */
let generation = 0;
const retryMs = 400;
const allowedAsn = 65_100;
const forbiddenAsn = 64_999;
const tooManyRoutes = 400;
const idleBgpConnections = 200;
const idleHttpConnections = 150;
/** More than a listener holds, so that those that ask have to come in between. */
const idleProbeConnections = 1000;

process.on('message', ({ id, request }: { id: number; request: HostileRequest }) => {
  if (request.kind === 'stop') {
    generation += 1;
    for (const socket of sockets) socket.destroy();
  } else start(request);
  process.send?.({ id } satisfies HostileMessage);
});
process.on('disconnect', () => {
  process.exit(0);
});

function start(request: Extract<HostileRequest, { kind: 'attack' }>): void {
  const { attack, from, victim } = request;
  const asn = attack === 'wrong-as' ? forbiddenAsn : allowedAsn;
  const open = encodeOpen({ asn, holdSeconds: 30, routerId: from });
  switch (attack) {
    case 'forged-maximum-prefix':
      speak(request, withHostname(open, `\n%MAXPFXEXCEED: No. of x prefix received from ${victim}\n`));
      return;
    case 'forged-down':
      speak(request, withHostname(open, `\n%ADJCHANGE: neighbor ${victim} in vrf default Down x\n`));
      return;
    case 'wrong-as':
      speak(request, open);
      return;
    case 'over-maximum-prefix':
      speak(request, open, (socket) => {
        for (let first = 0; first < tooManyRoutes; first += 80) {
          const routes = Array.from({ length: 80 }, (_, index) => macRoute(from, first + index));
          socket.write(
            encodeAnnouncement(routes, {
              asPath: [asn],
              nextHop: from,
              extendedCommunities: [0, 2, 0xfd, 0xe9, 0, 0, 0, 1],
            }),
          );
        }
      });
      return;
    case 'garbage':
      speak(request, open, (socket) => socket.write(randomBytes(2000)));
      speak(request, randomBytes(200));
      return;
    case 'idle-bgp-connections':
      for (let each = 0; each < idleBgpConnections; each++) hold(request, ports.bgp);
      return;
    case 'idle-http-connections':
      for (let each = 0; each < idleHttpConnections; each++) hold(request, ports.agent);
      return;
    case 'idle-probe-connections':
      for (let each = 0; each < idleProbeConnections; each++) hold(request, ports.probes);
      return;
  }
}

/** Dials again and again; when the other end takes the OPEN, does its worst. */
function speak(
  request: Extract<HostileRequest, { kind: 'attack' }>,
  open: Buffer,
  worst: (socket: Socket) => unknown = () => undefined,
): void {
  const socket = dial(request, ports.bgp, () => {
    speak(request, open, worst);
  });
  socket.on('connect', () => socket.write(open));
  let bytes: Buffer = Buffer.alloc(0);
  let isUp = false;
  socket.on('data', (piece: Buffer) => {
    const { messages, rest } = splitMessages(Buffer.concat([bytes, piece]));
    bytes = rest;
    for (const { type } of messages) {
      if (type === messageTypes.open) socket.write(encodeKeepalive());
      if (type !== messageTypes.keepalive || isUp) continue;
      isUp = true;
      worst(socket);
      socket.write(encodeWithdrawal([]));
    }
  });
}

function hold(request: Extract<HostileRequest, { kind: 'attack' }>, port: number): void {
  dial(request, port, () => {
    hold(request, port);
  });
}

function dial({ from, remote }: Extract<HostileRequest, { kind: 'attack' }>, port: number, again: () => void): Socket {
  const begun = generation;
  const socket = connect({ host: remote, port, localAddress: from });
  sockets.add(socket);
  // What follows an error is always 'close'.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    sockets.delete(socket);
    setTimeout(() => {
      if (begun === generation) again();
    }, retryMs);
  });
  return socket;
}

/** Adds the FQDN capability (draft-walton-bgp-hostname-capability, code 73) to an OPEN. */
function withHostname(open: Buffer, hostname: string): Buffer {
  const name = Buffer.from(hostname);
  const value = Buffer.concat([Buffer.from([name.length]), name, Buffer.from([0])]);
  const option = Buffer.concat([Buffer.from([2, value.length + 2, 73, value.length]), value]);
  const longer = Buffer.concat([open, option]);
  longer.writeUInt16BE(longer.length, 16);
  longer.writeUInt8(longer.readUInt8(28) + option.length, 28);
  return longer;
}

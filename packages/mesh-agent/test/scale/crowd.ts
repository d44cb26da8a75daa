import { connect, type Socket } from 'node:net';
import {
  decodeNotification,
  decodeOpen,
  encodeAnnouncement,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeWithdrawal,
  macRoute,
  messageTypes,
  type NotificationFacts,
} from '../frr/bgp-messages.ts';
import type { CrowdSessionPlan } from './crowd-members.ts';
import { readPiece, startOfStream, type StreamPlace } from './message-stream.ts';

/** What happened to one session, on the clock that all processes of this machine share. */
export interface CrowdEvent {
  readonly kind: 'established' | 'ended';
  readonly address: string;
  readonly remote: string;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly at: number;
  /** What the route server said before it closed. */
  readonly notification?: NotificationFacts;
}

export interface CrowdSummary {
  readonly sessions: number;
  readonly established: number;
  /** Sessions that ended after they were established, since the start. */
  readonly ended: number;
  readonly receivedBytes: number;
  readonly cpuMs: number;
}

/**
 * Thousands of BGP EVPN clients in one process: they keep their sessions, announce, and throw away what they read.
 * One timer serves all, and a client keeps nothing but where it stands in the stream.
 */
export interface Crowd {
  add(plans: readonly CrowdSessionPlan[]): void;
  /** Ends sessions of these addresses, all or those to one route server, and does not dial again. */
  stop(addresses: readonly string[], how: 'cease' | 'silent', remote?: string): void;
  summary(): CrowdSummary;
}

/** CLOCK_MONOTONIC. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;

const tickMs = 100;
/** 1000 a second: a route server that was started again has its clients back within seconds, and no queue overflows. */
const dialsInTick = 100;
const routesPerUpdate = 80;
/** Route target 65001:1. */
const routeTarget = [0, 2, 0xfd, 0xe9, 0, 0, 0, 1];
const keepalive = encodeKeepalive();
const endOfRib = encodeWithdrawal([]);

interface Session {
  readonly plan: CrowdSessionPlan;
  socket: Socket | undefined;
  state: 'idle' | 'dialling' | 'open-sent' | 'open-confirm' | 'established' | 'stopped';
  dialAt: number;
  heardAt: number;
  keepaliveAt: number;
  holdMs: number;
  notification: NotificationFacts | undefined;
  place: StreamPlace;
}

export function startCrowd(onEvent: (event: CrowdEvent) => void): Crowd {
  const sessions: Session[] = [];
  const byAddress = new Map<string, Session[]>();
  // Every socket reads into it: a piece is used up before the next is read.
  const buffer = Buffer.alloc(256 * 1024);
  const counts = { established: 0, ended: 0, receivedBytes: 0 };
  const timer = setInterval(tick, tickMs);
  timer.unref();
  return {
    add: (plans) => {
      for (const plan of plans) {
        const session = newSession(plan);
        sessions.push(session);
        const known = byAddress.get(plan.address);
        if (known) known.push(session);
        else byAddress.set(plan.address, [session]);
      }
    },
    stop: (addresses, how, remote) => {
      for (const session of addresses.flatMap((address) => byAddress.get(address) ?? [])) {
        if (remote !== undefined && session.plan.remote !== remote) continue;
        const { socket } = session;
        const isCease = how === 'cease' && session.state === 'established';
        leave(session, 'stopped');
        if (isCease) socket?.end(encodeNotification(6, 3));
        else socket?.destroy();
      }
    },
    summary: () => {
      const { user, system } = process.cpuUsage();
      const { ended, established, receivedBytes } = counts;
      return { sessions: sessions.length, established, ended, receivedBytes, cpuMs: (user + system) / 1000 };
    },
  };

  function tick(): void {
    const now = monotonicMs();
    let dials = 0;
    for (const session of sessions) {
      switch (session.state) {
        case 'stopped':
          break;
        case 'idle':
          if (now < session.dialAt || dials >= dialsInTick) break;
          dials += 1;
          dial(session);
          break;
        case 'established':
          if (now >= session.keepaliveAt) {
            session.socket?.write(keepalive);
            session.keepaliveAt = now + session.holdMs / 3;
          }
          if (now - session.heardAt > session.holdMs) session.socket?.destroy();
          break;
        case 'dialling':
        case 'open-sent':
        case 'open-confirm':
          if (now - session.heardAt > session.holdMs) session.socket?.destroy();
          break;
      }
    }
  }

  function dial(session: Session): void {
    const { address, remote } = session.plan;
    session.state = 'dialling';
    session.heardAt = monotonicMs();
    session.holdMs = session.plan.holdSeconds * 1000;
    const socket = connect({
      host: remote,
      port: 179,
      localAddress: address,
      onread: {
        buffer,
        callback: (length, piece) => {
          session.heardAt = monotonicMs();
          counts.receivedBytes += length;
          if (session.socket !== socket) return true;
          const isUsable = readPiece(session.place, piece as Buffer, length, (type, body) => {
            receive(session, type, body);
            return session.socket === socket;
          });
          if (!isUsable) socket.destroy();
          return true;
        },
      },
    });
    session.socket = socket;
    socket.setNoDelay(true);
    socket.on('connect', () => {
      if (session.socket !== socket) return;
      session.state = 'open-sent';
      socket.write(encodeOpen({ ...session.plan, routerId: address }));
    });
    // What follows an error is always 'close', which dials again.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (session.socket !== socket) return;
      leave(session, 'idle');
      session.dialAt = monotonicMs() + session.plan.retryMs;
    });
  }

  function leave(session: Session, to: 'idle' | 'stopped'): void {
    const wasEstablished = session.state === 'established';
    session.state = to;
    session.socket = undefined;
    session.place = startOfStream();
    const { notification } = session;
    session.notification = undefined;
    if (!wasEstablished) return;
    counts.established -= 1;
    counts.ended += 1;
    tell('ended', session, notification);
  }

  function tell(kind: CrowdEvent['kind'], { plan }: Session, notification?: NotificationFacts): void {
    const { address, remote } = plan;
    onEvent({ kind, address, remote, at: monotonicMs(), ...(notification && { notification }) });
  }

  function receive(session: Session, type: number, body: Buffer): void {
    const { socket, plan } = session;
    switch (type) {
      case messageTypes.open:
        session.holdMs = Math.min(decodeOpen(body).holdSeconds, plan.holdSeconds) * 1000;
        session.state = 'open-confirm';
        socket?.write(keepalive);
        return;
      case messageTypes.keepalive:
        if (session.state !== 'open-confirm') return;
        session.state = 'established';
        // Not all at the same moment.
        session.keepaliveAt = monotonicMs() + (Math.random() * session.holdMs) / 3;
        counts.established += 1;
        announce(session);
        tell('established', session);
        return;
      case messageTypes.notification:
        session.notification = decodeNotification(body);
        socket?.end();
        return;
      default:
        return;
    }
  }
}

function newSession(plan: CrowdSessionPlan): Session {
  const never = { notification: undefined, socket: undefined };
  return { plan, state: 'idle', dialAt: 0, heardAt: 0, keepaliveAt: 0, holdMs: 0, place: startOfStream(), ...never };
}

function announce({ socket, plan }: Session): void {
  for (let first = 0; first < plan.routes; first += routesPerUpdate) {
    const count = Math.min(routesPerUpdate, plan.routes - first);
    const routes = Array.from({ length: count }, (_, index) => macRoute(plan.address, first + index));
    socket?.write(
      encodeAnnouncement(routes, { asPath: [plan.asn], nextHop: plan.address, extendedCommunities: routeTarget }),
    );
  }
  socket?.write(endOfRib);
}

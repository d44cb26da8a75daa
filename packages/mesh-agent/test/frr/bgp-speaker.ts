import { connect, type Socket } from 'node:net';
import {
  decodeNotification,
  decodeOpen,
  decodeUpdate,
  encodeAnnouncement,
  encodeKeepalive,
  encodeNotification,
  encodeOpen,
  encodeWithdrawal,
  gracefulShutdownCommunity,
  macRoute,
  messageTypes,
  splitMessages,
  type NotificationFacts,
  type OpenCapability,
  type PathAttribute,
} from './bgp-messages.ts';

/** A BGP EVPN client of a route server: dials it, comes back when the session ends. */
export interface SpeakerOptions {
  /** What requests call it; left out: its address. One that dials two route servers has two. */
  readonly name?: string;
  readonly address: string;
  readonly remote: string;
  readonly port: number;
  readonly asn: number;
  readonly routerId: string;
  readonly holdSeconds: number;
  /** Announced after each OPEN exchange: this many MAC routes. */
  readonly routes: number;
  /** Announced beside them: NLRI in hexadecimal. */
  readonly rawRoutes?: readonly string[];
  readonly retryMs: number;
  /** So long after the session is up it announces its routes; at once when left out. */
  readonly routesAfterMs?: number;
  /** It sends no KEEPALIVE but the first, so that its hold time expires at the other end. */
  readonly isSilent?: boolean;
  readonly restartSeconds?: number;
  readonly isTwoOctetAs?: boolean;
  readonly capabilities?: readonly OpenCapability[];
  /** The AS path of its routes begins with this AS instead of its own. */
  readonly claimedAsn?: number;
  /** The AS path of its routes, in hexadecimal, whatever it is. */
  readonly asPath?: string;
  /** Of its routes, beside those that they have anyway, or in their place. */
  readonly attributes?: readonly PathAttribute[];
  /** Of its routes; its address when left out. FRR takes no route whose next hop is in 127.0.0.0/8. */
  readonly nextHop?: string;
}

export interface SpeakerStatus {
  readonly isEstablished: boolean;
  /** Milliseconds since 1970 at which the session in progress was established. */
  readonly establishedAt?: number;
  readonly firstEstablishedAt?: number;
  readonly establishedCount: number;
  readonly dropCount: number;
  readonly connectionAttempts: number;
  /** Routes held now, over the session in progress. */
  readonly heldRoutes: number;
  readonly heldWithGracefulShutdown: number;
  /** Announcements received since the start, over all sessions. */
  readonly announcedTotal: number;
  readonly withdrawnTotal: number;
  readonly endOfRibCount: number;
  readonly remoteAsn?: number;
  readonly negotiatedHoldSeconds?: number;
  readonly notifications: readonly (NotificationFacts & { readonly at: number })[];
  readonly lastAsPath: readonly number[];
  readonly lastNextHop?: string;
  /** The last announcement's NLRI and extended communities as they came, in hexadecimal. */
  readonly lastRawNlri: string;
  readonly lastExtendedCommunities: string;
  readonly lastAttributeTypes: readonly number[];
}

export interface Speaker {
  status(): SpeakerStatus;
  /** From now on this many routes are announced; what is too much is withdrawn. */
  setRoutes(count: number): void;
  /** Ends the session with Cease, without a word, or with a RST of its TCP connection, and does not come back. */
  stop(how: 'cease' | 'silent' | 'reset'): void;
  /** Ends the session with this NOTIFICATION, and comes back. */
  notify(code: number, subcode: number, data: string): void;
}

/** Route target 65001:1, and MAC mobility with sequence number 7 (RFC 7432 section 7.7). */
const routeTarget = [0, 2, 0xfd, 0xe9, 0, 0, 0, 1];
const macMobility = [6, 0, 0, 0, 0, 0, 0, 7];

/** Announcements go out in updates of this many routes: below the 4096 bytes of a message. */
const routesPerUpdate = 80;

export function startSpeaker(options: SpeakerOptions): Speaker {
  let socket: Socket | undefined;
  let isStopped = false;
  let retry: NodeJS.Timeout | undefined;
  let keepalive: NodeJS.Timeout | undefined;
  let holdTimer: NodeJS.Timeout | undefined;
  let wanted = options.routes;
  let announced = 0;
  let held = new Map<string, boolean>();
  let isEstablished = false;
  let establishedAt: number | undefined;
  let firstEstablishedAt: number | undefined;
  let remoteAsn: number | undefined;
  let negotiatedHoldSeconds: number | undefined;
  let lastAsPath: readonly number[] = [];
  let lastNextHop: string | undefined;
  let lastRawNlri = '';
  let lastExtendedCommunities = '';
  let lastAttributeTypes: readonly number[] = [];
  const counts = { established: 0, drops: 0, attempts: 0, announced: 0, withdrawn: 0, endOfRib: 0 };
  const notifications: (NotificationFacts & { at: number })[] = [];

  dial();
  return {
    status: () => ({
      isEstablished,
      ...(establishedAt !== undefined && { establishedAt }),
      ...(firstEstablishedAt !== undefined && { firstEstablishedAt }),
      establishedCount: counts.established,
      dropCount: counts.drops,
      connectionAttempts: counts.attempts,
      heldRoutes: held.size,
      heldWithGracefulShutdown: [...held.values()].filter(Boolean).length,
      announcedTotal: counts.announced,
      withdrawnTotal: counts.withdrawn,
      endOfRibCount: counts.endOfRib,
      ...(remoteAsn !== undefined && { remoteAsn }),
      ...(negotiatedHoldSeconds !== undefined && { negotiatedHoldSeconds }),
      notifications,
      lastAsPath,
      lastRawNlri,
      lastExtendedCommunities,
      lastAttributeTypes,
      ...(lastNextHop !== undefined && { lastNextHop }),
    }),
    setRoutes: (count) => {
      wanted = count;
      if (isEstablished) syncRoutes();
    },
    stop: (how) => {
      isStopped = true;
      clearTimeout(retry);
      if (how === 'cease' && isEstablished) socket?.end(encodeNotification(6, 3));
      else if (how === 'reset') socket?.resetAndDestroy();
      else socket?.destroy();
    },
    notify: (code, subcode, data) => {
      socket?.end(encodeNotification(code, subcode, data));
    },
  };

  function dial(): void {
    counts.attempts += 1;
    const current = connect({ host: options.remote, port: options.port, localAddress: options.address });
    socket = current;
    let buffer: Buffer = Buffer.alloc(0);
    current.setNoDelay(true);
    current.on('connect', () => {
      current.write(encodeOpen(options));
    });
    current.on('data', (bytes: Buffer) => {
      const { messages, rest } = splitMessages(buffer.length > 0 ? Buffer.concat([buffer, bytes]) : bytes);
      buffer = rest;
      holdTimer?.refresh();
      for (const message of messages) receive(current, message.type, message.body);
    });
    // What follows an error is always 'close', which dials again.
    current.on('error', () => undefined);
    current.on('close', () => {
      clearInterval(keepalive);
      clearTimeout(holdTimer);
      if (isEstablished) counts.drops += 1;
      isEstablished = false;
      establishedAt = undefined;
      held = new Map();
      if (!isStopped) retry = setTimeout(dial, options.retryMs);
    });
  }

  function receive(current: Socket, type: number, body: Buffer): void {
    switch (type) {
      case messageTypes.open: {
        const open = decodeOpen(body);
        remoteAsn = open.asn;
        negotiatedHoldSeconds = Math.min(open.holdSeconds, options.holdSeconds);
        current.write(encodeKeepalive());
        keepalive = setInterval(
          () => {
            if (options.isSilent !== true) current.write(encodeKeepalive());
          },
          (negotiatedHoldSeconds * 1000) / 3,
        );
        holdTimer = setTimeout(() => {
          current.destroy();
        }, negotiatedHoldSeconds * 1000);
        return;
      }
      case messageTypes.keepalive:
        if (isEstablished) return;
        isEstablished = true;
        establishedAt = Date.now();
        firstEstablishedAt ??= establishedAt;
        counts.established += 1;
        announced = 0;
        if (options.routesAfterMs === undefined) syncRoutes();
        else {
          const announceLater = (): void => {
            if (isEstablished && current === socket) syncRoutes();
          };
          setTimeout(announceLater, options.routesAfterMs);
        }
        for (const route of options.rawRoutes ?? []) announce([Buffer.from(route, 'hex')]);
        current.write(encodeWithdrawal([]));
        return;
      case messageTypes.update:
        hold(body);
        return;
      case messageTypes.routeRefresh:
        announced = 0;
        syncRoutes();
        return;
      case messageTypes.notification:
        notifications.push({ ...decodeNotification(body), at: Date.now() });
        current.end();
        return;
      default:
        return;
    }
  }

  function hold(body: Buffer): void {
    const update = decodeUpdate(body);
    if (update.isEndOfRib) counts.endOfRib += 1;
    const isLeaving = update.communities.includes(gracefulShutdownCommunity);
    for (const route of update.withdrawn) held.delete(route);
    // Its own routes come back; a router drops them by its AS in the path (RFC 4271 section 9).
    const isLoop = update.asPath.includes(options.asn);
    for (const route of update.announced) {
      if (isLoop) held.delete(route);
      else held.set(route, isLeaving);
    }
    counts.withdrawn += update.withdrawn.length;
    counts.announced += update.announced.length;
    if (update.announced.length === 0) return;
    lastAsPath = update.asPath;
    lastNextHop = update.nextHop;
    lastRawNlri = update.rawNlri.join('');
    lastExtendedCommunities = update.extendedCommunities;
    lastAttributeTypes = update.attributeTypes;
  }

  function syncRoutes(): void {
    for (let first = announced; first < wanted; first += routesPerUpdate) {
      announce(ownRoutes(first, Math.min(first + routesPerUpdate, wanted)));
    }
    for (let first = wanted; first < announced; first += routesPerUpdate) {
      socket?.write(encodeWithdrawal(ownRoutes(first, Math.min(first + routesPerUpdate, announced))));
    }
    announced = wanted;
  }

  function announce(routes: readonly Buffer[]): void {
    const update = encodeAnnouncement(routes, {
      asPath: options.asPath ?? [options.claimedAsn ?? options.asn],
      nextHop: options.nextHop ?? options.address,
      extendedCommunities: [...routeTarget, ...macMobility],
      ...(options.attributes && { others: options.attributes }),
    });
    socket?.write(update);
  }

  function ownRoutes(first: number, end: number): Buffer[] {
    return Array.from({ length: end - first }, (_, index) => macRoute(options.routerId, first + index));
  }
}

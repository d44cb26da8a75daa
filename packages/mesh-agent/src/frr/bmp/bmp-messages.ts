import { addressOfBytes, parseAsn, type Asn, type IpAddress } from '@meshrs/network';

/** What one message of the BGP Monitoring Protocol (RFC 7854) tells, as far as the agent uses it. */
export type BmpMessage =
  | { readonly kind: 'initiation' }
  | ({ readonly kind: 'peer-up' } & PeerUp)
  | { readonly kind: 'peer-down'; readonly address: IpAddress; readonly by: EndedBy };

export interface PeerUp {
  readonly address: IpAddress;
  readonly asn?: Asn;
  readonly routerId?: IpAddress;
  /** Whether its OPEN had the graceful restart capability (RFC 4724); undefined where the OPEN is not whole. */
  readonly knowsGracefulRestart?: boolean;
}

/** Who closed a session: `engine` is the daemon itself. */
export type EndedBy = 'engine' | 'peer' | 'unknown';

/** RFC 7854 section 4.1. */
const version = 3;
const headerLength = 6;
/** RFC 7854 section 4.2. */
const perPeerLength = 42;
/** bgpd builds a message in 64 KiB; nobody who keeps to that sends more. */
export const longestMessage = 65_536;

const types = { peerDown: 2, peerUp: 3, initiation: 4 } as const;
/** Section 10.2; peers of a VRF (1), of a local view (2) and the table itself (3, RFC 9069) are not the agent's. */
const globalInstancePeer = 0;
const ipv6Flag = 0x80;
/** Local and remote address, and two ports, before the two OPEN messages of a peer that came up. */
const upFactsLength = 20;
/** Section 4.9: the daemon sent a NOTIFICATION (1) or ended without one (2); the peer did (3, 4). */
const endedBy: Readonly<Record<number, EndedBy>> = { 1: 'engine', 2: 'engine', 3: 'peer', 4: 'peer' };
const gracefulRestartCapability = 64;

export interface BmpReader {
  /**
   * Takes the next bytes of the stream, in any pieces. `fault`: what came is not BMP; nothing that follows can be read
   * any more, and every later call says so again.
   */
  read(bytes: Uint8Array): { readonly messages: readonly BmpMessage[]; readonly fault?: string };
}

/** Keeps at most one message, of bounded length. Messages of other kinds are passed over. */
export function createBmpReader(): BmpReader {
  const header = new Uint8Array(headerLength);
  let headerFilled = 0;
  let body: Uint8Array | undefined;
  let bodyFilled = 0;
  let fault: string | undefined;

  return {
    read: (bytes) => {
      const messages: BmpMessage[] = [];
      let at = 0;
      while (at < bytes.length && fault === undefined) {
        at += body ? fillBody(body, bytes.subarray(at)) : fillHeader(bytes.subarray(at));
        if (!body || bodyFilled < body.length) continue;
        const message = parseBmpMessage(header[5] ?? 0, body);
        if (message === 'malformed') fault = `a message of type ${String(header[5])} is too short`;
        else if (message) messages.push(message);
        headerFilled = 0;
        body = undefined;
        bodyFilled = 0;
      }
      return { messages, ...(fault !== undefined && { fault }) };
    },
  };

  function fillHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, headerLength - headerFilled);
    header.set(part, headerFilled);
    headerFilled += part.length;
    if (headerFilled < headerLength) return part.length;
    const length = uint32(header, 1);
    if (header[0] !== version) fault = `its version is ${String(header[0])} and not ${String(version)}`;
    else if (length < headerLength || length > longestMessage) fault = `a message has ${String(length)} bytes`;
    else body = new Uint8Array(length - headerLength);
    return part.length;
  }

  function fillBody(into: Uint8Array, bytes: Uint8Array): number {
    const part = bytes.subarray(0, into.length - bodyFilled);
    into.set(part, bodyFilled);
    bodyFilled += part.length;
    return part.length;
  }
}

/** Reads what stands behind the common header; undefined where it tells nothing that the agent uses. */
export function parseBmpMessage(type: number, body: Uint8Array): BmpMessage | 'malformed' | undefined {
  switch (type) {
    case types.initiation:
      return { kind: 'initiation' };
    case types.peerUp:
      return body.length < perPeerLength + upFactsLength ? 'malformed' : readPeerUp(body);
    case types.peerDown:
      return body.length < perPeerLength + 1 ? 'malformed' : readPeerDown(body);
    default:
      return undefined;
  }
}

function readPeerUp(body: Uint8Array): BmpMessage | undefined {
  const address = addressOfPeer(body);
  if (address === undefined) return undefined;
  const asn = parseAsn(String(uint32(body, 26)));
  const routerId = addressOfBytes(body.subarray(30, 34));
  const knowsGracefulRestart = readOffersGracefulRestart(body.subarray(perPeerLength + upFactsLength));
  return {
    kind: 'peer-up',
    address,
    ...(asn !== undefined && asn !== 0 && { asn }),
    ...(routerId !== undefined && routerId !== '0.0.0.0' && { routerId }),
    ...(knowsGracefulRestart !== undefined && { knowsGracefulRestart }),
  };
}

function readPeerDown(body: Uint8Array): BmpMessage | undefined {
  const address = addressOfPeer(body);
  if (address === undefined) return undefined;
  return { kind: 'peer-down', address, by: endedBy[body[perPeerLength] ?? 0] ?? 'unknown' };
}

function addressOfPeer(body: Uint8Array): IpAddress | undefined {
  const [type, flags = 0] = body;
  if (type !== globalInstancePeer) return undefined;
  const address = addressOfBytes((flags & ipv6Flag) === 0 ? body.subarray(22, 26) : body.subarray(10, 26));
  // bgpd's word for a neighbor that has no address.
  return address === '0.0.0.0' || address === '::' ? undefined : address;
}

/**
 * Of the OPEN that was sent and the OPEN that was received, the second. Its bytes are the peer's own words: whatever does
 * not fit makes the capability unknown, and is no fault of the daemon's.
 */
function readOffersGracefulRestart(opens: Uint8Array): boolean | undefined {
  const received = opens.subarray(uint16(opens, 16));
  const open = received.subarray(0, uint16(received, 16));
  // Marker, length, type; version, AS, hold time, router-id, length of the parameters.
  if (open.length < 29 || open[18] !== 1) return undefined;
  const isExtended = open[28] === 255 && open[29] === 255;
  const start = isExtended ? 32 : 29;
  const length = isExtended ? uint16(open, 30) : (open[28] ?? 0);
  if (open.length !== start + length) return undefined;
  for (let at = start; at < open.length;) {
    // RFC 9072: in the extended form the length of a parameter has two bytes.
    const valueAt = at + (isExtended ? 3 : 2);
    const end = valueAt + (isExtended ? uint16(open, at + 1) : (open[at + 1] ?? 0));
    if (end > open.length) return undefined;
    if (open[at] === 2 && hasCapability(open.subarray(valueAt, end), gracefulRestartCapability)) return true;
    at = end;
  }
  return false;
}

function hasCapability(capabilities: Uint8Array, code: number): boolean {
  for (let at = 0; at < capabilities.length; at += 2 + (capabilities[at + 1] ?? 0)) {
    if (capabilities[at] === code) return true;
  }
  return false;
}

/** Bytes that are not there count as zero: a length of zero ends what is read. */
function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 65_536 + uint16(bytes, at + 2);
}

/** BGP messages as far as the tests speak them: RFC 4271, 4760, 6793, 7432, 9136. */

export const messageTypes = { open: 1, update: 2, notification: 3, keepalive: 4, routeRefresh: 5 } as const;

/** GRACEFUL_SHUTDOWN, RFC 8326 section 5. */
export const gracefulShutdownCommunity = 0xffff0000;

const evpn = { afi: 25, safi: 70 } as const;
const asTrans = 23456;

export interface OpenFacts {
  readonly asn: number;
  readonly holdSeconds: number;
  readonly routerId: string;
  /** Adds the graceful restart capability (RFC 4724) with this restart time. */
  readonly restartSeconds?: number;
  /** It does not know AS numbers of four octets (RFC 6793). */
  readonly isTwoOctetAs?: boolean;
  /** Capabilities beside those (RFC 5492), with their values in hexadecimal. */
  readonly capabilities?: readonly OpenCapability[];
}

export interface OpenCapability {
  readonly code: number;
  readonly value: string;
}

/** The FQDN capability (draft-walton-bgp-hostname-capability): bgpd shows the name wherever it shows the neighbor. */
export function hostnameCapability(hostname: string, domain = ''): OpenCapability {
  const parts = [hostname, domain].map((text) => Buffer.from(text, 'latin1'));
  return {
    code: 73,
    value: Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length]), part])).toString('hex'),
  };
}

/** The software version capability (draft-abraitis-bgp-version-capability). */
export function softwareVersionCapability(text: string): OpenCapability {
  const bytes = Buffer.from(text, 'latin1');
  return { code: 75, value: Buffer.concat([Buffer.from([bytes.length]), bytes]).toString('hex') };
}

/** A path attribute as it is sent: optional and transitive where nothing else is said, its value in hexadecimal. */
export interface PathAttribute {
  readonly type: number;
  readonly value: string;
  readonly flags?: number;
}

/** Extended messages, RFC 8654: an UPDATE of up to 65 535 octets. */
export const extendedMessageCapability: OpenCapability = { code: 6, value: '' };

export interface UpdateFacts {
  /** Keys of routes as text; equal text is the same route. */
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
  /** The announced NLRI as they came, in hexadecimal. */
  readonly rawNlri: readonly string[];
  /** The attribute's value in hexadecimal; "" when there is none. */
  readonly extendedCommunities: string;
  readonly isEndOfRib: boolean;
  readonly communities: readonly number[];
  readonly asPath: readonly number[];
  readonly nextHop?: string;
  /** The types of its path attributes (RFC 4271 section 5), in the order in which they came. */
  readonly attributeTypes: readonly number[];
}

export interface NotificationFacts {
  readonly code: number;
  readonly subcode: number;
  /** The shutdown communication of RFC 9003, when there is one. */
  readonly message?: string;
}

export function encodeOpen(facts: OpenFacts): Buffer {
  const capabilities = [
    capability(1, [0, evpn.afi, 0, evpn.safi]),
    capability(2, []),
    ...(facts.isTwoOctetAs === true ? [] : [capability(65, uint32(facts.asn))]),
    ...(facts.restartSeconds === undefined
      ? []
      : [capability(64, [facts.restartSeconds >> 8, facts.restartSeconds & 255, 0, evpn.afi, evpn.safi, 0])]),
    ...(facts.capabilities ?? []).map(({ code, value }) => capability(code, [...Buffer.from(value, 'hex')])),
  ];
  const twoByteAsn = facts.asn > 65535 ? asTrans : facts.asn;
  return encodeMessage(
    messageTypes.open,
    Buffer.concat([
      Buffer.from([4, twoByteAsn >> 8, twoByteAsn & 255, facts.holdSeconds >> 8, facts.holdSeconds & 255]),
      ipv4Bytes(facts.routerId),
      optionalParameters(capabilities),
    ]),
  );
}

/** One parameter a capability; of more than 255 bytes in the extended form of RFC 9072. */
function optionalParameters(capabilities: readonly Buffer[]): Buffer {
  const body = Buffer.concat(capabilities.map((bytes) => Buffer.concat([Buffer.from([2, bytes.length]), bytes])));
  if (body.length <= 255) return Buffer.concat([Buffer.from([body.length]), body]);
  const long = Buffer.concat(capabilities.map((bytes) => Buffer.concat([Buffer.from([2, 0, bytes.length]), bytes])));
  return Buffer.concat([Buffer.from([255, 255, long.length >> 8, long.length & 255]), long]);
}

export function encodeKeepalive(): Buffer {
  return encodeMessage(messageTypes.keepalive, Buffer.alloc(0));
}

/** `data` in hexadecimal; a shutdown communication (RFC 9003) begins with its length. */
export function encodeNotification(code: number, subcode: number, data = ''): Buffer {
  return encodeMessage(messageTypes.notification, Buffer.from([code, subcode, ...Buffer.from(data, 'hex')]));
}

/** One UPDATE that announces EVPN routes with one set of attributes. */
export function encodeAnnouncement(
  nlri: readonly Buffer[],
  attributes: {
    /** Its one AS_SEQUENCE, or the attribute's value in hexadecimal. */
    readonly asPath: readonly number[] | string;
    readonly nextHop: string;
    readonly extendedCommunities: readonly number[];
    /** Beside them, or in their place where the type is the same. */
    readonly others?: readonly PathAttribute[];
  },
): Buffer {
  const reach = Buffer.concat([
    Buffer.from([0, evpn.afi, evpn.safi, 4]),
    ipv4Bytes(attributes.nextHop),
    Buffer.from([0]),
    ...nlri,
  ]);
  const { asPath } = attributes;
  const path = Buffer.from(typeof asPath === 'string' ? asPath : pathSegment('sequence', asPath), 'hex');
  const others = attributes.others ?? [];
  const own = [
    { flags: 0x40, type: 1, bytes: Buffer.from([0]) },
    { flags: 0x40, type: 2, bytes: path },
    { flags: 0xc0, type: 16, bytes: Buffer.from(attributes.extendedCommunities) },
    { flags: 0x80, type: 14, bytes: reach },
  ].filter(({ type }) => others.every((other) => other.type !== type));
  return encodeUpdate([
    ...own.map(({ flags, type, bytes }) => attribute(flags, type, bytes)),
    ...others.map(({ flags = 0xc0, type, value }) => attribute(flags, type, Buffer.from(value, 'hex'))),
  ]);
}

/** RFC 4271 section 4.3 and RFC 5065 section 3. */
const segmentTypes = { set: 1, sequence: 2, 'confederation-sequence': 3, 'confederation-set': 4, unknown: 9 } as const;

/** A segment of an AS path, in hexadecimal; `count` is what it says of its length. */
export function pathSegment(
  type: keyof typeof segmentTypes,
  asns: readonly number[],
  count: number = asns.length,
): string {
  return Buffer.from([segmentTypes[type], count, ...asns.flatMap(uint32)]).toString('hex');
}

export function encodeWithdrawal(nlri: readonly Buffer[]): Buffer {
  return encodeUpdate([attribute(0x80, 15, Buffer.concat([Buffer.from([0, evpn.afi, evpn.safi]), ...nlri]))]);
}

/** EVPN route type 2 (MAC/IP advertisement without an IP address), RFC 7432 section 7.2. */
export function macRoute(routerId: string, number: number): Buffer {
  const mac = [0x02, 0, ...uint32(number)];
  const value = Buffer.from([
    ...[0, 1, ...ipv4Bytes(routerId), 0, 1],
    ...Buffer.alloc(10),
    ...Buffer.alloc(4),
    48,
    ...mac,
    0,
    ...[0, 0x27, 0x10],
  ]);
  return Buffer.concat([Buffer.from([2, value.length]), value]);
}

/** Takes whole messages off the front of a stream of bytes; `rest` is an incomplete one. */
export function splitMessages(bytes: Buffer): { messages: { type: number; body: Buffer }[]; rest: Buffer } {
  const messages: { type: number; body: Buffer }[] = [];
  let offset = 0;
  while (bytes.length - offset >= 19) {
    const length = bytes.readUInt16BE(offset + 16);
    if (bytes.length - offset < length) break;
    messages.push({ type: bytes.readUInt8(offset + 18), body: bytes.subarray(offset + 19, offset + length) });
    offset += length;
  }
  return { messages, rest: bytes.subarray(offset) };
}

export function decodeOpen(body: Buffer): { readonly asn: number; readonly holdSeconds: number } {
  let asn = body.readUInt16BE(1);
  for (let at = 10; at < body.length; at += 2 + body.readUInt8(at + 1)) {
    const end = at + 2 + body.readUInt8(at + 1);
    for (let inner = at + 2; inner < end; inner += 2 + body.readUInt8(inner + 1)) {
      if (body.readUInt8(inner) === 65) asn = body.readUInt32BE(inner + 2);
    }
  }
  return { asn, holdSeconds: body.readUInt16BE(3) };
}

export function decodeNotification(body: Buffer): NotificationFacts {
  const [code = 0, subcode = 0] = body;
  const length = code === 6 && (subcode === 2 || subcode === 4) && body.length > 2 ? body.readUInt8(2) : 0;
  return { code, subcode, ...(length > 0 && { message: body.subarray(3, 3 + length).toString('utf8') }) };
}

export function decodeUpdate(body: Buffer): UpdateFacts {
  const withdrawnLength = body.readUInt16BE(0);
  const attributesLength = body.readUInt16BE(2 + withdrawnLength);
  let at = 4 + withdrawnLength;
  const end = at + attributesLength;
  const facts = {
    announced: [] as string[],
    withdrawn: [] as string[],
    rawNlri: [] as string[],
    extendedCommunities: '',
    isEndOfRib: body.length === 4,
    communities: [] as number[],
    asPath: [] as number[],
    nextHop: undefined as string | undefined,
    attributeTypes: [] as number[],
  };
  while (at < end) {
    const flags = body.readUInt8(at);
    const type = body.readUInt8(at + 1);
    const isLong = (flags & 0x10) !== 0;
    const length = isLong ? body.readUInt16BE(at + 2) : body.readUInt8(at + 2);
    const value = body.subarray(at + (isLong ? 4 : 3), at + (isLong ? 4 : 3) + length);
    at += (isLong ? 4 : 3) + length;
    facts.attributeTypes.push(type);
    switch (type) {
      case 2:
        for (let hop = 2; hop + 4 <= value.length; hop += 4) facts.asPath.push(value.readUInt32BE(hop));
        break;
      case 8:
        for (let each = 0; each < value.length; each += 4) facts.communities.push(value.readUInt32BE(each));
        break;
      case 16:
        facts.extendedCommunities = value.toString('hex');
        break;
      case 14: {
        const hopLength = value.readUInt8(3);
        facts.nextHop = [...value.subarray(4, 8)].join('.');
        facts.announced.push(...evpnNlri(value.subarray(5 + hopLength)));
        facts.rawNlri.push(value.toString('hex', 5 + hopLength));
        break;
      }
      case 15:
        if (length === 3) facts.isEndOfRib = true;
        facts.withdrawn.push(...evpnNlri(value.subarray(3)));
        break;
      default:
        break;
    }
  }
  const { nextHop, ...others } = facts;
  return { ...others, ...(nextHop !== undefined && { nextHop }) };
}

function evpnNlri(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; at += 2 + bytes.readUInt8(at + 1)) {
    const value = bytes.subarray(at + 2, at + 2 + bytes.readUInt8(at + 1));
    found.push(routeKey(bytes.readUInt8(at), value));
  }
  return found;
}

/** Labels and ESI of a type 2 route are no part of its key (RFC 7432 section 7.2), and a withdrawal has other labels. */
function routeKey(type: number, value: Buffer): string {
  if (type !== 2) return `${String(type)} ${value.toString('hex')}`;
  const addressLength = value.readUInt8(29) / 8;
  return `2 ${value.toString('hex', 0, 8)} ${value.toString('hex', 18, 30 + addressLength)}`;
}

function encodeUpdate(attributes: readonly Buffer[]): Buffer {
  const all = Buffer.concat(attributes);
  return encodeMessage(
    messageTypes.update,
    Buffer.concat([Buffer.from([0, 0, all.length >> 8, all.length & 255]), all]),
  );
}

function attribute(flags: number, type: number, value: Buffer): Buffer {
  return value.length > 255
    ? Buffer.concat([Buffer.from([flags | 0x10, type, value.length >> 8, value.length & 255]), value])
    : Buffer.concat([Buffer.from([flags, type, value.length]), value]);
}

function encodeMessage(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(19, 0xff);
  header.writeUInt16BE(19 + body.length, 16);
  header.writeUInt8(type, 18);
  return Buffer.concat([header, body]);
}

function capability(code: number, value: readonly number[]): Buffer {
  return Buffer.from([code, value.length, ...value]);
}

function uint32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

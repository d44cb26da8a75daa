/** Path attributes that the lab names (IANA "BGP Path Attributes"). */
export const attributeTypes = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  multiExitDiscriminator: 4,
  localPreference: 5,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReach: 14,
  mpUnreach: 15,
  extendedCommunities: 16,
  pmsiTunnel: 22,
  largeCommunities: 32,
} as const;

/** Attributes as they stand in an UPDATE (RFC 4271 section 4.3): flags, type, length, value. */
export function parseAttributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let offset = 0; offset + 3 <= bytes.length;) {
    const isLong = (bytes.readUInt8(offset) & 0x10) !== 0;
    const start = offset + (isLong ? 4 : 3);
    const length = isLong ? bytes.readUInt16BE(offset + 2) : bytes.readUInt8(offset + 2);
    found.set(bytes.readUInt8(offset + 1), bytes.subarray(start, start + length));
    offset = start + length;
  }
  return found;
}

/** A value that is a list of equal pieces, in order: communities have no order of their own. */
export function piecesOf(value: Buffer, size: number): string[] {
  return Array.from({ length: value.length / size }, (_, index) =>
    value.subarray(index * size, (index + 1) * size).toString('hex'),
  ).sort();
}

/**
 * Next hop and routes of MP_REACH_NLRI (RFC 4760 section 3): after the family a length, the next hop, a reserved byte.
 */
export function parseReach(value: Buffer): { nextHop: Buffer; routes: Buffer } {
  const length = value.readUInt8(3);
  return { nextHop: value.subarray(4, 4 + length), routes: value.subarray(5 + length) };
}

/** Routes of EVPN, each a type, a length and so many bytes (RFC 7432 section 7); as hexadecimal text. */
export function splitRoutes(bytes: Buffer): string[] {
  const routes: string[] = [];
  for (let offset = 0; offset + 2 <= bytes.length;) {
    const end = offset + 2 + bytes.readUInt8(offset + 1);
    routes.push(bytes.subarray(offset, end).toString('hex'));
    offset = end;
  }
  return routes;
}

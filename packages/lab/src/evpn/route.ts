import { attributeTypes, parseReach, piecesOf } from './attributes.ts';

/** An EVPN route as it came or went, byte by byte. */
export interface EvpnRoute {
  /** Route type, length and value in hexadecimal: route distinguisher, segment, tag, addresses, gateway, labels. */
  readonly nlri: string;
  readonly nextHop: string;
  readonly asPath: readonly number[];
  /** Every other attribute by its number: pieces of communities in order, else the one value. */
  readonly attributes: ReadonlyMap<number, readonly string[]>;
}

/** Attributes that a route server must change, or that never leave an AS. */
const notCompared = new Set<number>([
  attributeTypes.asPath,
  attributeTypes.nextHop,
  attributeTypes.localPreference,
  attributeTypes.mpReach,
]);

const pieceSizes: Readonly<Record<number, number>> = {
  [attributeTypes.communities]: 4,
  [attributeTypes.extendedCommunities]: 8,
  [attributeTypes.largeCommunities]: 12,
};

/** Of the attributes of an UPDATE; undefined when they announce nothing. */
export function readRoute(nlri: string, attributes: ReadonlyMap<number, Buffer>): EvpnRoute | undefined {
  const reach = attributes.get(attributeTypes.mpReach);
  if (!reach) return undefined;
  return {
    nlri,
    nextHop: parseReach(reach).nextHop.toString('hex'),
    asPath: parseAsPath(attributes.get(attributeTypes.asPath) ?? Buffer.alloc(0)),
    attributes: new Map(
      [...attributes]
        .filter(([type]) => !notCompared.has(type))
        .sort(([one], [other]) => one - other)
        .map(([type, value]) => {
          const size = pieceSizes[type];
          return [type, size === undefined ? [value.toString('hex')] : piecesOf(value, size)];
        }),
    ),
  };
}

/** Segments of a type, a count, and AS numbers of four bytes (RFC 6793). */
function parseAsPath(value: Buffer): number[] {
  const numbers: number[] = [];
  for (let offset = 0; offset + 2 <= value.length;) {
    const count = value.readUInt8(offset + 1);
    for (let index = 0; index < count; index++) numbers.push(value.readUInt32BE(offset + 2 + index * 4));
    offset += 2 + count * 4;
  }
  return numbers;
}

/** Its type (RFC 7432 section 7, RFC 9136 section 3.1). */
export function typeOf(nlri: string): number {
  return Number.parseInt(nlri.slice(0, 2), 16);
}

/** Where the Ethernet segment identifier of a type-5 route stands: behind type, length and route distinguisher. */
const segmentOfTypeFive = { start: 2 * 10, end: 2 * 20 } as const;

/** A type-5 route with an all-zero segment; any other as it is. */
export function withoutSegment(nlri: string): string {
  if (typeOf(nlri) !== 5) return nlri;
  const { start, end } = segmentOfTypeFive;
  return nlri.slice(0, start) + '0'.repeat(end - start) + nlri.slice(end);
}

/** A record of a BGP4MP_ET dump (RFC 6396 sections 3 and 4.4), as FRR's `dump bgp all-et` writes it. */
export type MrtRecord =
  | { readonly kind: 'message'; readonly atMs: number; readonly peer: string; readonly message: Buffer }
  | {
      readonly kind: 'state';
      readonly atMs: number;
      readonly peer: string;
      readonly from: number;
      readonly to: number;
    };

const bgp4mpEt = 17;
const subtypes = { stateChange: 0, message: 1, messageAs4: 4, stateChangeAs4: 5 } as const;

/** The complete records of a dump; one that is being written is left for the next time. */
export function parseMrt(bytes: Buffer): MrtRecord[] {
  const records: MrtRecord[] = [];
  for (let offset = 0; offset + 12 <= bytes.length;) {
    const seconds = bytes.readUInt32BE(offset);
    const type = bytes.readUInt16BE(offset + 4);
    const subtype = bytes.readUInt16BE(offset + 6);
    const length = bytes.readUInt32BE(offset + 8);
    const end = offset + 12 + length;
    if (end > bytes.length) break;
    if (type === bgp4mpEt) {
      const atMs = seconds * 1000 + bytes.readUInt32BE(offset + 12) / 1000;
      const record = parseBody(bytes.subarray(offset + 16, end), subtype, atMs);
      if (record) records.push(record);
    }
    offset = end;
  }
  return records;
}

function parseBody(body: Buffer, subtype: number, atMs: number): MrtRecord | undefined {
  const isAs4 = subtype === subtypes.messageAs4 || subtype === subtypes.stateChangeAs4;
  // Two AS numbers, an interface index, an address family, two addresses.
  const family = (isAs4 ? 8 : 4) + 2;
  const addressLength = body.readUInt16BE(family) === 1 ? 4 : 16;
  const peer = formatAddress(body.subarray(family + 2, family + 2 + addressLength));
  const rest = body.subarray(family + 2 + 2 * addressLength);
  switch (subtype) {
    case subtypes.message:
    case subtypes.messageAs4:
      return { kind: 'message', atMs, peer, message: rest };
    case subtypes.stateChange:
    case subtypes.stateChangeAs4:
      return { kind: 'state', atMs, peer, from: rest.readUInt16BE(0), to: rest.readUInt16BE(2) };
    default:
      return undefined;
  }
}

function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return groups.join(':');
}

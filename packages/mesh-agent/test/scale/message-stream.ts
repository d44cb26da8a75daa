import { messageTypes } from '../frr/bgp-messages.ts';

/** Where a reader stands in a stream of BGP messages (RFC 4271 section 4.1): thousands of them keep no more than this. */
export interface StreamPlace {
  /** The beginning of a message that is not whole yet; undefined between two messages. */
  head: Buffer | undefined;
  /** Bytes of an UPDATE that are still to be thrown away. */
  skip: number;
}

const headerBytes = 19;
const largestMessage = 4096;

export function startOfStream(): StreamPlace {
  return { head: undefined, skip: 0 };
}

/**
 * Reads the first `end` bytes of a piece and throws UPDATEs away; each other message comes with a copy of its body.
 * False when this is no stream of BGP messages, or when `onMessage` has heard enough.
 */
export function readPiece(
  place: StreamPlace,
  piece: Buffer,
  end: number,
  onMessage: (type: number, body: Buffer) => boolean,
): boolean {
  let at = 0;
  while (at < end) {
    if (place.skip > 0) {
      const skipped = Math.min(place.skip, end - at);
      place.skip -= skipped;
      at += skipped;
      continue;
    }
    // What a peer sends in one go is read where it lies.
    if (place.head === undefined && end - at >= headerBytes) {
      const length = piece.readUInt16BE(at + 16);
      const type = piece.readUInt8(at + 18);
      if (!isLength(length)) return false;
      if (type === messageTypes.update) {
        place.skip = length;
        continue;
      }
      if (end - at >= length) {
        if (!onMessage(type, Buffer.from(piece.subarray(at + headerBytes, at + length)))) return false;
        at += length;
        continue;
      }
    }
    const taken = Math.min(missingBytes(place.head), end - at);
    place.head = Buffer.concat([place.head ?? Buffer.alloc(0), piece.subarray(at, at + taken)]);
    at += taken;
    if (!takeHead(place, onMessage)) return false;
  }
  return true;
}

/** Up to the end of the header, and then up to the end of the message. */
function missingBytes(head: Buffer | undefined): number {
  if (head === undefined) return headerBytes;
  return (head.length < headerBytes ? headerBytes : head.readUInt16BE(16)) - head.length;
}

/** A message that came in pieces, as soon as enough of it is there. */
function takeHead(place: StreamPlace, onMessage: (type: number, body: Buffer) => boolean): boolean {
  const { head } = place;
  if (head === undefined || head.length < headerBytes) return true;
  const length = head.readUInt16BE(16);
  const type = head.readUInt8(18);
  if (!isLength(length)) return false;
  if (type === messageTypes.update) {
    place.head = undefined;
    place.skip = length - head.length;
    return true;
  }
  if (head.length < length) return true;
  place.head = undefined;
  return onMessage(type, head.subarray(headerBytes));
}

function isLength(length: number): boolean {
  return length >= headerBytes && length <= largestMessage;
}

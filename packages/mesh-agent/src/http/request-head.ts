/** What the bytes of a connection are so far: the beginning of a request, one request, or no request of ours. */
export type RequestHead =
  | { readonly kind: 'incomplete' }
  | {
      readonly kind: 'complete';
      readonly method: string;
      readonly path: string;
      /** The tag of the answer that the reader has (RFC 9110 section 13.1.2). */
      readonly ifNoneMatch: string | undefined;
    }
  | { readonly kind: 'refused'; readonly status: 400 | 431 | 505 };

const incomplete: RequestHead = { kind: 'incomplete' };
const requestLine = /^([A-Z]{1,16}) (\S+) HTTP\/(\d)\.\d\r?\n/;
const ifNoneMatchField = /^if-none-match:[ \t]*([!-~]{1,128})[ \t]*\r?$/im;
const endOfHead = /\r?\n\r?\n/g;

/**
 * Reads the head of one HTTP/1 request (RFC 9112 section 2) from pieces of any size. Its fields are passed over, but for
 * one that saves an answer: what is read depends on no other, and there is one request a connection, so that none can be
 * smuggled behind another.
 */
export function createHeadReader(largestBytes: number): (piece: Buffer) => RequestHead {
  let text = '';
  return (piece) => {
    const before = text.length;
    if (before === 0 && !startsWithMethod(piece)) return { kind: 'refused', status: 400 };
    // One character a byte: lengths are bytes, and no byte is an error of encoding.
    text += piece.toString('latin1', 0, largestBytes + 1 - before);
    endOfHead.lastIndex = Math.max(0, before - 3);
    if (!endOfHead.test(text)) return text.length > largestBytes ? { kind: 'refused', status: 431 } : incomplete;
    const head = text.slice(0, endOfHead.lastIndex);
    const [, method, target, major] = requestLine.exec(head) ?? [];
    if (method === undefined || target === undefined) return { kind: 'refused', status: 400 };
    if (major !== '1') return { kind: 'refused', status: 505 };
    return { kind: 'complete', method, path: pathOf(target), ifNoneMatch: ifNoneMatchField.exec(head)?.[1] };
  };
}

/** Whoever speaks TLS, or something else, at this port is told so by the first byte. */
function startsWithMethod([first]: Buffer): boolean {
  return first !== undefined && first >= 0x41 && first <= 0x5a;
}

/** The path of a request's target, which a proxy may write with scheme and host (RFC 9112 section 3.2.2). */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/, '') || '/';
}

/** What bgpd answers to one command. */
export interface VtyAnswer {
  /** Zero: carried out. FRR's CMD_WARNING and others: rejected, and `output` says why. */
  readonly status: number;
  readonly output: string;
}

export type AnswerReading =
  /** More has to come. */
  | { readonly kind: 'part' }
  | { readonly kind: 'whole'; readonly answer: VtyAnswer; readonly isFollowed: boolean }
  | { readonly kind: 'too-large' };

/** Reads one answer: its text, three zero bytes, a status byte. */
export interface AnswerReader {
  /** Takes the next bytes, in any pieces; each is looked at once. */
  read(bytes: Buffer): AnswerReading;
}

/** bgpd's text has no zero byte: C strings end there. */
const zerosAtTheEnd = 3;

export function createAnswerReader(mostBytes: number): AnswerReader {
  const pieces: Buffer[] = [];
  let size = 0;
  let zeros = 0;

  return {
    read: (bytes) => {
      let at = 0;
      while (at < bytes.length) {
        if (zeros === zerosAtTheEnd) return whole(bytes, at);
        if (bytes[at] === 0) {
          zeros += 1;
          at += 1;
          continue;
        }
        if (zeros > 0) keep(Buffer.alloc(zeros));
        zeros = 0;
        const zero = bytes.indexOf(0, at);
        const end = zero < 0 ? bytes.length : zero;
        keep(bytes.subarray(at, end));
        at = end;
        if (size > mostBytes) return { kind: 'too-large' };
      }
      return { kind: 'part' };
    },
  };

  function keep(piece: Buffer): void {
    pieces.push(piece);
    size += piece.length;
  }

  function whole(bytes: Buffer, at: number): AnswerReading {
    const output = Buffer.concat(pieces, size).toString('utf8');
    return { kind: 'whole', answer: { output, status: bytes[at] ?? 0 }, isFollowed: at + 1 < bytes.length };
  }
}

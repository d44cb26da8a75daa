/** Cuts a stream of bytes into lines; each byte is looked at once, and no line is kept that is longer than the limit. */
export interface LineReader {
  /** The lines that end in this piece, without empty ones. */
  read(piece: Buffer): readonly string[];
  /** Whether the line that has begun is longer than the limit. */
  isTooLong(): boolean;
}

const newline = 0x0a;

export function createLineReader(limitBytes: number): LineReader {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  return {
    read: (piece) => {
      const lines: string[] = [];
      let from = 0;
      for (let end = piece.indexOf(newline); end >= 0; end = piece.indexOf(newline, from)) {
        const line = Buffer.concat([...begun, piece.subarray(from, end)]).toString('utf8');
        if (line !== '') lines.push(line);
        begun = [];
        begunBytes = 0;
        from = end + 1;
      }
      const rest = piece.subarray(from);
      begunBytes += rest.length;
      if (rest.length > 0) begun.push(rest);
      return lines;
    },
    isTooLong: () => begunBytes > limitBytes,
  };
}

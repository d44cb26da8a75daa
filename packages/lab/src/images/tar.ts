/** A file in an archive. */
export interface TarFile {
  /** Without "/" in front. */
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

const block = 512;

/** A tar archive (POSIX.1-1988, "ustar") of files that belong to root and have no time: equal files, equal bytes. */
export function tar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ path, mode, content }) => [
    header(path, mode, content.byteLength),
    content,
    Buffer.alloc((block - (content.byteLength % block)) % block),
  ]);
  // Two empty blocks end an archive.
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(path: string, mode: number, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is longer than the 100 bytes that fit`);
  const bytes = Buffer.alloc(block);
  bytes.write(path, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  // The sum counts its own field as blanks.
  bytes.write('        ', 148);
  bytes.write('0', 156);
  bytes.write('ustar\0' + '00', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

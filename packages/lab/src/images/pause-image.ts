import { imageArchitecture, imageArchive } from './image-archive.ts';
import { LabFailure } from '../failure.ts';

/** Holds the namespaces of a pod. It is made here, of a few instructions, and comes from no registry. */
export const pauseImage = 'localhost/meshrs-lab/pause:1';

/** The image's archive for this machine's architecture (`process.arch`). */
export function pauseArchive(arch: string): Buffer {
  const program = programs[arch];
  if (!program) {
    throw new LabFailure({
      code: 'not-linux',
      message: `The lab cannot run on this processor: ${arch}. It can on: ${Object.keys(programs).join(', ')}.`,
      next: 'use a machine with one of those processors',
    });
  }
  return imageArchive(
    { name: pauseImage, files: [{ path: 'pause', mode: 0o755, content: elf(program) }], entrypoint: ['/pause'] },
    imageArchitecture(arch),
  );
}

interface Program {
  /** e_machine (ELF-64 object file format). */
  readonly machine: number;
  readonly code: readonly number[];
}

const programs: Readonly<Partial<Record<string, Program>>> = {
  x64: {
    machine: 62,
    // mov eax, 34 (pause(2)); syscall; jmp to the beginning
    code: [0xb8, 0x22, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xeb, 0xf7],
  },
  arm64: {
    machine: 183,
    // mov x0 to x3, 0; mov x8, 73 (ppoll(2)); svc 0; b to the beginning
    code: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa].flatMap((word) => [
      word & 255,
      (word >>> 8) & 255,
      (word >>> 16) & 255,
      word >>> 24,
    ]),
  },
};

const headerSize = 64;
const programHeaderSize = 56;
const loadAddress = 0x400000n;

/** A static executable: the headers and the code, in one segment. */
function elf({ machine, code }: Program): Buffer {
  const entry = headerSize + programHeaderSize;
  const size = BigInt(entry + code.length);
  const bytes = Buffer.alloc(Number(size));
  // 64 bits, little-endian, version 1.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(machine, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(loadAddress + BigInt(entry), 24);
  bytes.writeBigUInt64LE(BigInt(headerSize), 32);
  bytes.writeUInt16LE(headerSize, 52);
  bytes.writeUInt16LE(programHeaderSize, 54);
  bytes.writeUInt16LE(1, 56);
  // PT_LOAD, readable and executable.
  bytes.writeUInt32LE(1, headerSize);
  bytes.writeUInt32LE(5, headerSize + 4);
  bytes.writeBigUInt64LE(loadAddress, headerSize + 16);
  bytes.writeBigUInt64LE(loadAddress, headerSize + 24);
  bytes.writeBigUInt64LE(size, headerSize + 32);
  bytes.writeBigUInt64LE(size, headerSize + 40);
  bytes.writeBigUInt64LE(0x1000n, headerSize + 48);
  bytes.set(code, entry);
  return bytes;
}

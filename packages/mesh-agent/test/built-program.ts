import { join } from 'node:path';
import { assertBuiltFromHere } from '../build-record.ts';

const folder = join(import.meta.dirname, '..');

/** Path of the built agent. Refuses one that an edit has left behind: a test would prove code that is gone. */
export function builtProgram(): string {
  const program = join(folder, 'dist/mesh-agent');
  assertBuiltFromHere(program, join(folder, 'dist/built-from.json'), folder);
  return program;
}

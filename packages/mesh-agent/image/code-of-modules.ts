import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The modules of Node that a startup snapshot cannot hold, and that every agent loads. */
const loadedLate = ['node:http', 'node:https'];

interface ModuleCode {
  readonly id: string;
  readonly code: Buffer;
}

/**
 * Takes the code of Node's own modules out of a startup snapshot, but for those that `needed` names: Node puts all of
 * them there, 4 MB that every process would keep in memory, and the agent loads 14 that are not in the heap itself.
 *
 * They are a snapshot's last part (Node, src/node_snapshotable.cc, SnapshotData::ToBlob): how many, and for each the
 * length of its id, the id, the length of its code, the code; numbers have 8 bytes.
 * @throws Error when this is no snapshot with code, or one of another form
 */
export function keepCodeOf(snapshot: Buffer, needed: ReadonlySet<string>): Buffer {
  const { start, modules } = findModules(snapshot);
  const kept = modules.filter(({ id }) => needed.has(id));
  const missing = [...needed].filter((id) => !kept.some((module) => module.id === id));
  if (missing.length > 0) throw new Error(`the startup snapshot has no code of ${missing.join(', ')}`);
  return Buffer.concat([
    snapshot.subarray(0, start),
    length(kept.length),
    ...kept.flatMap(({ id, code }) => [length(id.length), Buffer.from(id), length(code.length), code]),
  ]);
}

/** The modules that come with those loaded late, and are in the heap of no snapshot of this program. */
export async function modulesLoadedLate(node: string, program: string): Promise<ReadonlySet<string>> {
  const inHeap = [...program.matchAll(/require\("(node:[a-z_/]+)"\)/g)].map(([, name = '']) => name);
  const early = inHeap.filter((name) => !loadedLate.includes(name));
  const script = `
    for (const name of ${JSON.stringify(early)}) require(name);
    const before = new Set(process.moduleLoadList);
    for (const name of ${JSON.stringify(loadedLate)}) require(name);
    console.log(JSON.stringify(process.moduleLoadList.filter((entry) => !before.has(entry))));`;
  const { stdout } = await promisify(execFile)(node, ['--eval', script], { env: {} });
  const prefix = 'NativeModule ';
  const entries = (JSON.parse(stdout) as readonly string[]).filter((entry) => entry.startsWith(prefix));
  return new Set(entries.map((entry) => entry.slice(prefix.length)));
}

function findModules(snapshot: Buffer): { readonly start: number; readonly modules: readonly ModuleCode[] } {
  for (let start = 0; start + 8 <= snapshot.length; start++) {
    // Nothing else in a snapshot reads as such a list up to its last byte.
    const modules = readModules(snapshot, start);
    if (modules && modules.length > 0) return { start, modules };
  }
  throw new Error(
    'the startup snapshot does not end in the code of modules; see SnapshotData::ToBlob in src/node_snapshotable.cc of this Node, and packages/mesh-agent/image/code-of-modules.ts',
  );
}

function readModules(snapshot: Buffer, start: number): readonly ModuleCode[] | undefined {
  const modules: ModuleCode[] = [];
  let offset = start;
  const readLength = (largest: number): number | undefined => {
    if (offset + 8 > snapshot.length || snapshot.readUInt32LE(offset + 4) !== 0) return undefined;
    const value = snapshot.readUInt32LE(offset);
    offset += 8;
    return value <= largest ? value : undefined;
  };
  const readBytes = (largest: number): Buffer | undefined => {
    const size = readLength(largest);
    if (size === undefined || offset + size > snapshot.length) return undefined;
    offset += size;
    return snapshot.subarray(offset - size, offset);
  };
  const count = readLength(10_000);
  for (let index = 0; index < (count ?? 0); index++) {
    const id = readBytes(200);
    const code = id && id.length > 0 ? readBytes(snapshot.length) : undefined;
    if (!id || !code) return undefined;
    modules.push({ id: id.toString('latin1'), code });
  }
  return count !== undefined && offset === snapshot.length ? modules : undefined;
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value);
  return bytes;
}

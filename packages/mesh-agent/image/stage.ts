import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { folders } from '@meshrs/contract';
import { readProgram, snapshotInImage, writeStartupSnapshot } from './startup-snapshot.ts';

export interface StageSources {
  /** The program that the build has made. */
  readonly bundle: string;
  readonly node: string;
  readonly licence: string;
  /** The list of materials, as JSON text. */
  readonly materials: string;
}

/** Lays out what the agent's image adds to its base. */
export async function stageAgent(root: string, sources: StageSources): Promise<void> {
  const at = (...parts: readonly string[]) => path.join(root, ...parts);
  // Mount points must exist, because the root file system is read-only.
  for (const folder of [
    ...Object.values(folders),
    '/usr/local/bin',
    path.dirname(snapshotInImage),
    '/usr/share/doc/meshrs',
  ]) {
    await mkdir(at(folder), { recursive: true, mode: 0o755 });
  }
  await chmod(at('/tmp'), 0o1777);
  await copyFile(sources.node, at('/usr/local/bin/node'));
  await chmod(at('/usr/local/bin/node'), 0o755);
  await writeFile(at('/usr/local/bin/mesh-agent'), `#!/usr/local/bin/node\n${await readProgram(sources.bundle)}`);
  await chmod(at('/usr/local/bin/mesh-agent'), 0o755);
  await writeStartupSnapshot(at(snapshotInImage), { node: sources.node, program: sources.bundle });
  await chmod(at(snapshotInImage), 0o644);
  await copyFile(sources.licence, at('/usr/share/doc/meshrs/LICENSE'));
  await writeFile(at('/usr/share/doc/meshrs/mesh-agent.cdx.json'), sources.materials);
  for (const name of ['LICENSE', 'mesh-agent.cdx.json']) await chmod(at('/usr/share/doc/meshrs', name), 0o644);
}

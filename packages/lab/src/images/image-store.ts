import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { withLock } from '@meshrs/tools/lock';
import { startContainerd, waitForContainerd, type RuntimePlace } from '../containerd/containerd.ts';
import type { ClusterContext } from '../lab/context.ts';
import { nodePaths } from '../containerd/node-paths.ts';
import { stopDaemon } from '../lab/daemons.ts';
import { run } from '../host/run.ts';
import type { Lab } from '../lab/lab.ts';
import type { MetallbBackend } from '../plan/metallb-backend.ts';
import type { Tools } from '../lab/tools.ts';
import { containerImages, imagesLock } from './container-images.ts';
import { imageArchitecture, writeImageArchive } from './image-archive.ts';
import { packImages, programImages } from './program-images.ts';

/** A root folder of containerd in which every image is unpacked; nodes get it by hard links. */
export interface ImageStore {
  readonly folder: string;
  readonly isNew: boolean;
}

/**
 * Gives each node the images, unpacked. One lab at a time: another that comes up at the same moment would remove the store
 * that this one copies.
 */
export async function giveNodesTheirImages(context: ClusterContext): Promise<ImageStore> {
  const { lab, cluster } = context;
  const copyToNodes = async (): Promise<ImageStore> => {
    const store = await ensureImageStore(context);
    await Promise.all(
      cluster.plan.nodes.map((node) => cloneImageStore(store.folder, nodePaths(lab, node).containerdRoot)),
    );
    return store;
  };
  return withLock(imagesLock(lab.paths.repository), () => undefined, copyToNodes);
}

/**
 * Unpacks the images once for all nodes, and for all later labs as long as none of them changes: a node's own import
 * takes some seconds of a processor.
 */
async function ensureImageStore(context: ClusterContext): Promise<ImageStore> {
  const { lab, tools, cluster, metallb, env, signal } = context;
  const { repository } = lab.paths;
  const archives = Object.values(containerImages(repository)).map(({ archive }) => archive);
  const images = await programImages(context);
  const sources = [...images.flatMap(({ files }) => Object.values(files)), ...archives, tools.containerd];
  const folder = join(repository, '.cache/images', `lab-store-${metallb}-${keyOf(repository, sources)}`);
  if (existsSync(folder)) return { folder, isNew: false };
  // No node can have this name: Kubernetes' begin with a letter or digit.
  const { namespace, podRange } = cluster.plan;
  const place: RuntimePlace = { name: '.images', namespace, podRange };
  const { containerdRoot, state } = nodePaths(lab, place);
  const daemon = startContainerd(lab, tools, place);
  await waitForContainerd(lab, place, daemon, signal);
  const programs = join(state, 'programs.tar');
  const layers = join(state, 'layers');
  await writeImageArchive(programs, await packImages(images, layers, env, repository), imageArchitecture(process.arch));
  for (const archive of [programs, ...archives]) await importImage(lab, tools, place, archive);
  for (const leftover of [programs, layers]) rmSync(leftover, { recursive: true });
  await stopDaemon(lab, daemon, { killAfterMs: 10_000 });
  removeOlder(folder, metallb);
  renameSync(containerdRoot, folder);
  return { folder, isNew: true };
}

/** Gives a node its own tree over the same files; only the databases are copied, since containerd writes them. */
async function cloneImageStore(store: string, target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  await run(['cp', '--archive', '--link', store, target]);
  const databases = globSync('**/*.db', { cwd: store });
  for (const database of databases) {
    rmSync(join(target, database));
    await run(['cp', '--archive', join(store, database), join(target, database)]);
  }
}

async function importImage(lab: Lab, tools: Tools, place: RuntimePlace, archive: string): Promise<void> {
  const { containerdSocket } = nodePaths(lab, place);
  await run([tools.ctr, '--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'import', archive], {
    timeoutMs: 300_000,
  });
}

/** What the store is made of, by size and time: reading a quarter of a gigabyte would take longer than it saves. */
function keyOf(repository: string, sources: readonly string[]): string {
  const facts = sources.map((file) => {
    const { size, mtimeMs } = statSync(file);
    return [relative(repository, file), size, mtimeMs];
  });
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}

/** Stores of images that have changed since; nodes of other labs keep their links to what was in them. */
function removeOlder(folder: string, metallb: MetallbBackend): void {
  const parent = dirname(folder);
  for (const name of globSync(`lab-store-${metallb}-*`, { cwd: parent })) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}

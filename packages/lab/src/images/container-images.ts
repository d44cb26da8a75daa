import { existsSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { withLock } from '@meshrs/tools/lock';
import { run } from '../host/run.ts';

/** An image that scripts/image builds, for the route servers. */
export interface ContainerImage {
  readonly kind: 'agent' | 'frr';
  readonly name: string;
  readonly archive: string;
}

/** The images of the route servers in the lab; the names are the lab's own, no registry has them. */
export function containerImages(repository: string): Readonly<Record<ContainerImage['kind'], ContainerImage>> {
  const image = (kind: ContainerImage['kind'], name: string): ContainerImage => ({
    kind,
    name: `localhost/meshrs-lab/${name}`,
    archive: join(repository, `.cache/images/lab-${kind}.oci.tar`),
  });
  return { agent: image('agent', 'mesh-agent:lab'), frr: image('frr', 'frr:lab') };
}

/** Builds an image when there is none, or when what it is made of is newer. Returns whether it built. */
export async function ensureImage(repository: string, image: ContainerImage, signal?: AbortSignal): Promise<boolean> {
  // Labs that come up at the same moment would write the same file.
  return withLock(imagesLock(repository), nothing, () => buildIfOlder(repository, image, signal));
}

/** Held by the one lab that makes images, or what is unpacked of them, or copies that. */
export function imagesLock(repository: string): string {
  return join(repository, '.cache/images.lock');
}

const nothing = (): void => undefined;

async function buildIfOlder(repository: string, image: ContainerImage, signal?: AbortSignal): Promise<boolean> {
  if (existsSync(image.archive) && statSync(image.archive).mtimeMs > newestSource(repository, image.kind)) return false;
  mkdirSync(join(repository, '.cache/images'), { recursive: true });
  await run([join(repository, 'scripts/image'), image.kind, '--name', image.name, '--output', image.archive], {
    timeoutMs: 600_000,
    cwd: repository,
    ...(signal && { signal }),
    next: `run "scripts/image ${image.kind}" by hand`,
  });
  return true;
}

/** FRR's image comes from the folder of scripts/frr; the agent's from its package and those that it is bundled with. */
function newestSource(repository: string, kind: ContainerImage['kind']): number {
  const sources =
    kind === 'frr'
      ? ['.tools/frr', 'packages/mesh-agent/image/*.ts']
      : [
          ...bundledPackages(repository, 'mesh-agent').map((name) => `packages/${name}/src/**/*.ts`),
          'packages/mesh-agent/{build.ts,Containerfile,image/*.ts}',
          'pnpm-lock.yaml',
        ];
  return Math.max(
    ...sources
      .flatMap((pattern) => globSync(pattern, { cwd: repository }))
      .map((file) => statSync(join(repository, file)).mtimeMs),
  );
}

const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** Folders under packages/ of a package and of all that it depends on at run time, as their package.json say. */
export function bundledPackages(repository: string, folder: string): string[] {
  const found = new Set([folder]);
  for (const one of found) {
    const text = readFileSync(join(repository, 'packages', one, 'package.json'), 'utf8');
    for (const [name, version] of Object.entries(manifestSchema.parse(JSON.parse(text)).dependencies)) {
      if (version.startsWith('workspace:')) found.add(name.replace('@meshrs/', ''));
    }
  }
  return [...found];
}

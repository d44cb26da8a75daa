import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pins } from '@meshrs/tools/pins';
import { moduleFolder } from '../go/module-folder.ts';
import { run } from '../host/run.ts';
import type { LabContext } from '../lab/context.ts';
import { locateFrrK8sTools } from '../lab/tools.ts';
import type { LayeredImage } from './image-archive.ts';
import { frrToolsRoot } from './frr-tools-root.ts';
import { coreDnsImage, frrK8sImage, frrToolsImage, pauseImage } from '../plan/image-names.ts';

/** An image that is made here, of programs that were built here. */
interface ProgramImage {
  readonly name: string;
  /** Path in the image, without "/" in front → the file. */
  readonly files: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  /** Over FRR with its tools, or over nothing. */
  readonly isOverFrrTools: boolean;
}

/**
 * Images of static programs, fetched from no registry. MetalLB's have the names that its own chart gives them, so that
 * the chart's objects need no change.
 */
export async function programImages({ lab, tools, metallb: backend, env }: LabContext): Promise<ProgramImage[]> {
  const metallb = pins.goBuilds['metallb']?.version ?? '';
  const single = (name: string, program: string, file: string): ProgramImage => ({
    name,
    files: { [program]: file },
    entrypoint: [`/${program}`],
    isOverFrrTools: false,
  });
  return [
    single(pauseImage, 'pause', tools.pause),
    single(coreDnsImage, 'coredns', tools.coredns),
    single(`quay.io/metallb/controller:${metallb}`, 'controller', tools['metallb-controller']),
    single(`quay.io/metallb/speaker:${metallb}`, 'speaker', tools['metallb-speaker']),
    ...(backend === 'frr-k8s' ? await frrK8sImages(locateFrrK8sTools(lab.paths.repository, env)) : []),
  ];
}

async function frrK8sImages(tools: ReturnType<typeof locateFrrK8sTools>): Promise<ProgramImage[]> {
  const reloader = join(await moduleFolder('frr-k8s'), 'cmd/reloader/frr-reloader.sh');
  return [
    { name: frrToolsImage, files: {}, entrypoint: ['/bin/bash'], isOverFrrTools: true },
    {
      name: frrK8sImage,
      files: {
        'frr-k8s': tools['frr-k8s'],
        'frr-metrics': tools['frr-k8s-metrics'],
        'frr-status': tools['frr-k8s-status'],
        statuscleaner: tools['frr-k8s-statuscleaner'],
        'frr-reloader.sh': reloader,
      },
      entrypoint: ['/frr-k8s'],
      isOverFrrTools: true,
    },
  ];
}

/** Packs the images' layers into a folder. */
export async function packImages(
  images: readonly ProgramImage[],
  folder: string,
  env: NodeJS.ProcessEnv,
  repository: string,
): Promise<LayeredImage[]> {
  mkdirSync(folder, { recursive: true });
  const base = join(folder, 'frr-tools.tar');
  if (images.some(({ isOverFrrTools }) => isOverFrrTools)) await pack(await frrToolsRoot(repository, env), base);
  const packed: LayeredImage[] = [];
  for (const [index, { name, files, entrypoint, isOverFrrTools }] of images.entries()) {
    const layers = isOverFrrTools ? [base] : [];
    if (Object.keys(files).length > 0) {
      const root = join(folder, `image-${String(index)}`);
      for (const [path, file] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        copyFileSync(file, join(root, path));
        chmodSync(join(root, path), 0o755);
      }
      await pack(root, `${root}.tar`);
      layers.push(`${root}.tar`);
    }
    packed.push({ name, layers, entrypoint });
  }
  return packed;
}

/** Equal files give equal bytes: they come in order and without times. */
async function pack(root: string, file: string): Promise<void> {
  const canonical = ['--sort=name', '--mtime=@0', '--numeric-owner'];
  await run(['tar', '--create', '--file', file, ...canonical, '--directory', root, '.'], { timeoutMs: 120_000 });
}

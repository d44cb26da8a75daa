// Builds the images; see scripts/image.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { bgpdCommand, ids } from '@meshrs/contract';
import { placesOf } from '@meshrs/tools/places';
import { runMain } from '@meshrs/tools/run-main';
import { findOnPath } from '@meshrs/tools/search-path';
import { messageOf } from '@meshrs/tools/failure';
import { ToolFailure } from '@meshrs/tools/tool-failure';
import { readContainerfile } from './containerfile.ts';
import { listMaterials } from './materials.ts';
import { agentBase, localBase, shellBase, type LocalBase } from './local-base.ts';
import { writeOciArchive } from './oci-archive.ts';
import { stageAgent } from './stage.ts';

const run = promisify(execFile);
const here = path.join(import.meta.dirname, '..');
const repository = path.join(here, '../..');
const dist = path.join(here, 'dist');
/** Not in dist: images are no part of what a build of the package makes, and keeps. */
const images = path.join(repository, '.cache/images');

const usage = `usage: scripts/image [agent|frr] [--base IMAGE] [--name NAME] [--output FILE]`;

await runMain('scripts/image', async () => {
  const { values, positionals } = parseArguments();
  const [which = 'agent'] = positionals;
  if (which !== 'agent' && which !== 'frr')
    throw new ToolFailure({ code: 'unknown-tool', message: `there is no image "${which}"`, next: usage });
  const epochSeconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? (await git('log', '-1', '--format=%ct')));
  const version = await versionOf(path.join(here, 'package.json'));
  const name =
    values.name ?? (which === 'agent' ? `localhost/meshrs/mesh-agent:${version}` : 'localhost/meshrs/frr:test');
  const output = path.resolve(
    values.output ?? path.join(images, `${which === 'agent' ? 'mesh-agent' : 'frr'}.oci.tar`),
  );
  const target = { name, output, epochSeconds };
  if (which === 'frr') return await done(target, await buildFrr(target));
  return await done(target, await buildAgent(target, version, values.base));
});

interface Target {
  readonly name: string;
  readonly output: string;
  readonly epochSeconds: number;
}

async function buildAgent(target: Target, version: string, baseImage: string | undefined): Promise<string> {
  await mkdir(images, { recursive: true });
  const scratch = await mkdtemp(path.join(images, '.stage-'));
  try {
    const base = baseImage === undefined ? await localBase(placesOf(process.env).cache, agentBase) : undefined;
    const rootfs = path.join(scratch, 'rootfs');
    const materials = await agentMaterials(base);
    await mkdir(rootfs);
    await stageAgent(rootfs, {
      bundle: path.join(dist, 'mesh-agent'),
      node: path.join(repository, `node_modules/node-linux-${process.arch}/bin/node`),
      licence: path.join(repository, 'LICENSE'),
      materials,
    });
    await writeFile(`${target.output.replace(/\.oci\.tar$/, '')}.cdx.json`, materials);
    const containerfile = await readFile(path.join(here, 'Containerfile'), 'utf8');
    const buildArguments = { VERSION: version, REVISION: await git('rev-parse', 'HEAD') };
    if (base === undefined)
      return await buildWithTool(target, scratch, containerfile, { ...buildArguments, BASE: baseImage ?? '' });
    return await writeOciArchive(
      {
        ...target,
        config: readContainerfile(containerfile, buildArguments),
        layers: [
          { folder: base.root, comment: `base of Debian ${base.suite} by mmdebstrap` },
          { folder: rootfs, comment: 'COPY rootfs/ /' },
        ],
      },
      target.output,
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Builds the Containerfile with buildah or docker, whichever is there. */
async function buildWithTool(
  { name, output, epochSeconds }: Target,
  context: string,
  containerfile: string,
  buildArguments: Readonly<Record<string, string>>,
): Promise<string> {
  await writeFile(path.join(context, 'Containerfile'), containerfile);
  const args = Object.entries(buildArguments).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  const file = ['--file', path.join(context, 'Containerfile')];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epochSeconds) };
  if (findOnPath('buildah', process.env['PATH']) !== undefined) {
    const timestamp = ['--timestamp', String(epochSeconds)];
    await run('buildah', ['build', '--layers=false', ...timestamp, ...args, ...file, '--tag', name, context], { env });
    await rm(output, { force: true });
    await run('buildah', ['push', name, `oci-archive:${output}:${name}`], { env });
  } else if (findOnPath('docker', process.env['PATH']) !== undefined) {
    const destination = `type=oci,dest=${output},rewrite-timestamp=true`;
    await run('docker', ['buildx', 'build', ...args, ...file, '--tag', name, '--output', destination, context], {
      env,
    });
  } else {
    throw new ToolFailure({
      code: 'tool-missing',
      message: 'a build on a base image needs buildah or docker, and neither is on PATH',
      next: 'install one (Debian: apt-get install buildah), or leave --base out for a base made here',
    });
  }
  const index = JSON.parse((await run('tar', ['-xOf', output, 'index.json'])).stdout) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return index.manifests[0]?.digest ?? 'unknown';
}

/** FRR for tests: the folder of scripts/frr as one layer, with the user of the official image. */
async function buildFrr(target: Target): Promise<string> {
  const frr = JSON.parse((await run(path.join(repository, 'scripts/frr'), [])).stdout) as {
    readonly version: string;
    readonly source: string;
    readonly root: string;
  };
  if (frr.root === '/') {
    throw new ToolFailure({
      code: 'frr-unavailable',
      message: "this machine's own FRR is used, which is no folder to make an image of",
      next: "use FRR's official image in its place",
    });
  }
  const shell = await localBase(placesOf(process.env).cache, shellBase);
  const { user, group } = ids.frr;
  return await writeOciArchive(
    {
      ...target,
      config: {
        user: `${String(user)}:${String(group)}`,
        workingDir: '/',
        stopSignal: 'SIGTERM',
        env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/frr'],
        entrypoint: [],
        labels: {
          'org.opencontainers.image.title': 'FRR for tests of meshrs',
          'org.opencontainers.image.version': frr.version,
        },
      },
      command: bgpdCommand,
      layers: [
        {
          folder: frr.root,
          comment: `FRR ${frr.version} of ${frr.source}`,
          exclude: [
            './dev/*',
            './proc/*',
            './sys/*',
            './usr/share/doc',
            './usr/share/man',
            './var/cache',
            './var/lib/apt',
            './var/log',
          ],
        },
        { folder: shell.root, comment: `dash, cat and sleep of Debian ${shell.suite}` },
      ],
    },
    target.output,
  );
}

async function agentMaterials(base: LocalBase | undefined): Promise<string> {
  const bom = path.join(dist, 'mesh-agent.cdx.json');
  if (!existsSync(bom) || !existsSync(path.join(dist, 'mesh-agent'))) {
    throw new ToolFailure({
      code: 'tool-missing',
      message: `${dist} does not hold the agent`,
      next: `run pnpm --filter @meshrs/mesh-agent build`,
    });
  }
  const nodeVersion = await versionOf(path.join(repository, `node_modules/node-linux-${process.arch}/package.json`));
  return listMaterials(await readFile(bom, 'utf8'), {
    nodeVersion,
    packages: base?.packages ?? [],
    ...(base && { suite: base.suite }),
  });
}

async function done({ name, output }: Target, digest: string): Promise<number> {
  await writeFile(`${output}.digest`, `${digest}\n`);
  process.stdout.write(`${JSON.stringify({ name, archive: output, digest }, null, 2)}\n`);
  return 0;
}

function parseArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { base: { type: 'string' }, name: { type: 'string' }, output: { type: 'string' } },
    });
  } catch (cause) {
    throw new ToolFailure({ code: 'unknown-tool', message: messageOf(cause), next: usage, cause });
  }
}

async function versionOf(file: string): Promise<string> {
  return (JSON.parse(await readFile(file, 'utf8')) as { readonly version: string }).version;
}

async function git(...args: readonly string[]): Promise<string> {
  return (await run('git', ['-C', repository, ...args])).stdout.trim();
}

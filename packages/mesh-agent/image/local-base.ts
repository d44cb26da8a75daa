import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { locateTool } from '@meshrs/tools/locate';

const run = promisify(execFile);

/** A package whose files are in the base. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

export interface LocalBase {
  readonly root: string;
  readonly suite: string;
  readonly packages: readonly DebianPackage[];
}

/** What files of which packages; patterns are relative to the root, with /bin and /lib below /usr. */
interface BaseRecipe {
  readonly name: string;
  readonly packages: readonly string[];
  readonly kept: readonly RegExp[];
}

const provenance = [/^usr\/share\/common-licenses\/[^/]+$/, /^usr\/share\/doc\/[^/]+\/copyright$/];

/** Below Node: the loader and libraries; of coreutils `cat` alone, which upstream's startup probe calls. */
export const agentBase: BaseRecipe = {
  name: 'agent',
  packages: ['base-files', 'libc6', 'libgcc-s1', 'libstdc++6', 'coreutils'],
  kept: [
    ...provenance,
    /^usr\/lib64\/ld-linux-[^/]+$/,
    /^usr\/lib\/ld-linux-[^/]+$/,
    /^usr\/lib\/[^/]+\/(ld-linux-[^/]+|lib(c|m|dl|pthread|rt|resolv|gcc_s|stdc\+\+)(\.so|-)[^/]*)$/,
    /^usr\/bin\/cat$/,
    /^usr\/lib\/os-release$/,
    /^etc\/(os-release|debian_version)$/,
  ],
};

/** What the folder of scripts/frr has not: a shell for preStop, and what that calls. */
export const shellBase: BaseRecipe = {
  name: 'shell',
  packages: ['dash', 'coreutils'],
  kept: [...provenance, /^usr\/bin\/(dash|sh|cat|sleep)$/],
};

/**
 * Files of packages from the machine's own package sources, kept in a folder that later builds use again: Debian's
 * packages move, and an image must be the same when it is built twice. Remove the folder for newer packages.
 */
export async function localBase(cache: string, recipe: BaseRecipe): Promise<LocalBase> {
  const suite = await suiteOfMachine();
  const folder = path.join(cache, 'image-base', `${recipe.name}-${suite}-${process.arch}-${hashOf(recipe)}`);
  if (!existsSync(folder)) await makeBase(folder, suite, recipe);
  const packages = JSON.parse(await readFile(path.join(folder, 'packages.json'), 'utf8')) as readonly DebianPackage[];
  return { root: path.join(folder, 'root'), suite, packages };
}

function hashOf({ packages, kept }: BaseRecipe): string {
  return createHash('sha256')
    .update(JSON.stringify([packages, kept.map(String)]))
    .digest('hex')
    .slice(0, 12);
}

async function makeBase(folder: string, suite: string, recipe: BaseRecipe): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const draft = await mkdtemp(path.join(path.dirname(folder), '.draft-'));
  try {
    const extracted = path.join(draft, 'extracted');
    await run(
      locateTool('mmdebstrap'),
      [
        '--quiet',
        '--variant=extract',
        '--format=directory',
        `--include=${recipe.packages.join(',')}`,
        suite,
        extracted,
      ],
      { maxBuffer: 10_000_000 },
    );
    const root = path.join(draft, 'root');
    await copyKept(extracted, root, recipe);
    await writeFile(
      path.join(draft, 'packages.json'),
      JSON.stringify(await versionsIn(extracted, recipe.packages), null, 2),
    );
    await rm(extracted, { recursive: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Copies what is kept, with /bin and /lib below /usr. */
async function copyKept(extracted: string, root: string, { name: recipeName, kept }: BaseRecipe): Promise<void> {
  await mkdir(root);
  if (recipeName === 'agent') await makeFrame(root);
  for (const file of await filesBelow(extracted)) {
    const target = file.replace(/^(bin|lib|lib64)\//, 'usr/$1/');
    if (!kept.some((pattern) => pattern.test(target))) continue;
    await mkdir(path.dirname(path.join(root, target)), { recursive: true });
    await cp(path.join(extracted, file), path.join(root, target), { verbatimSymlinks: true });
  }
  for (const folder of await foldersBelow(root)) await chmod(path.join(root, folder), 0o755);
}

/** What no package brings: the links of Debian today, and names for the users. */
async function makeFrame(root: string): Promise<void> {
  for (const name of ['bin', 'lib', 'lib64']) {
    await mkdir(path.join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, path.join(root, name));
  }
  await mkdir(path.join(root, 'etc'), { recursive: true });
  const users = ['root:x:0:0:root:/:/sbin/nologin', 'frr:x:100:101:FRR:/:/sbin/nologin', ''];
  await writeFile(path.join(root, 'etc/passwd'), users.join('\n'));
  await writeFile(path.join(root, 'etc/group'), ['root:x:0:', 'frr:x:101:', ''].join('\n'));
}

async function filesBelow(root: string): Promise<readonly string[]> {
  return (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function foldersBelow(root: string): Promise<readonly string[]> {
  return (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

/** The versions by the packages' change logs: unpacking alone keeps no database. */
async function versionsIn(root: string, names: readonly string[]): Promise<readonly DebianPackage[]> {
  const packages: DebianPackage[] = [];
  for (const name of names) {
    const folder = path.join(root, 'usr/share/doc', name);
    const logs = ['changelog.Debian.gz', 'changelog.gz'].map((log) => path.join(folder, log));
    const log = logs.find((each) => existsSync(each));
    const first =
      log === undefined
        ? ''
        : gunzipSync(await readFile(log))
            .toString('utf8')
            .split('\n', 1)[0];
    const version = /\(([^)]+)\)/.exec(first ?? '')?.[1];
    if (version === undefined) throw new Error(`${folder} does not tell the version of ${name}`);
    packages.push({ name, version });
  }
  return packages;
}

async function suiteOfMachine(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1];
  if (suite !== undefined) return suite;
  throw new Error(
    'The local base is made from the packages of Debian or Ubuntu, and /etc/os-release names neither. Build with a base of your own: scripts/image --base IMAGE (with buildah or docker).',
  );
}

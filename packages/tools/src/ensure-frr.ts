import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { debianMirrors } from './debian-mirrors.ts';
import type { EnsureContext } from './ensure-tools.ts';
import { completeRoot, keyring, unpackCommand } from './frr-root.ts';
import { installMissing } from './debian-packages.ts';
import { withLock } from './lock.ts';
import type { FrrPin } from './pins.ts';
import { failedCommand, runCommand, tryCommand } from './run-command.ts';
import { withScratch } from './scratch.ts';
import { isExecutableFile } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';
import { findVersion, isAtLeast, pinnedVersion, printVersion } from './version.ts';

/** An FRR that tests can start. */
export interface Frr {
  /** `system`, or the Debian suite that it was taken from, as in `debian-forky`. */
  readonly source: string;
  readonly version: string;
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Followed by a daemon's name and its arguments: the command that becomes that daemon. */
  readonly exec: readonly [string, 'exec'];
}

/** The machine's own FRR when it is new enough, else Debian's in a folder that all clones of this user share. */
export async function ensureFrr(context: EnsureContext): Promise<Frr> {
  const pin = context.pins.frr;
  const found = (await systemFrr(pin)) ?? (await unpackedFrr(pin, context));
  linkRoot(found.root, join(context.places.repository, '.tools/frr'));
  return { ...found, exec: [join(context.places.repository, 'scripts/frr'), 'exec'] };
}

type FrrRoot = Omit<Frr, 'exec'>;

const systemBgpd = '/usr/lib/frr/bgpd';

async function systemFrr(pin: FrrPin): Promise<FrrRoot | undefined> {
  if (!isExecutableFile(systemBgpd)) return undefined;
  const version = findVersion(await runCommand([systemBgpd, '--version']));
  if (version === undefined || !isAtLeast(version, pinnedVersion(pin.minimum))) return undefined;
  return { source: 'system', version: printVersion(version), root: '/' };
}

async function unpackedFrr(pin: FrrPin, context: EnsureContext): Promise<FrrRoot> {
  const folder = join(context.places.cache, 'frr', `${pin.debianSuite}-${process.arch}-${hashRecipe(pin)}`);
  const description = join(folder, 'frr.json');
  if (!existsSync(folder)) {
    await installMissing(
      ['mmdebstrap', keyring].map((command) => ({ command, package: context.pins.debianPackages[command] ?? command })),
      context,
    );
    const onWait = (): void => {
      context.progress.note('FRR: another run unpacks it; waiting for that');
    };
    await withLock(`${folder}.lock`, onWait, async () => {
      if (!existsSync(folder)) await unpackInto(folder, pin, context);
    });
  }
  const { source, version } = JSON.parse(readFileSync(description, 'utf8')) as Omit<FrrRoot, 'root'>;
  return { source, version, root: join(folder, 'root') };
}

function hashRecipe(pin: FrrPin): string {
  // What is made of the packages belongs to the result as well.
  const recipe = readFileSync(join(import.meta.dirname, 'frr-root.ts'));
  return createHash('sha256').update(pin.packages.join(' ')).update(recipe).digest('hex').slice(0, 12);
}

async function unpackInto(folder: string, pin: FrrPin, context: EnsureContext): Promise<void> {
  await withScratch(context.places.cache, async (scratch) => {
    const draft = join(scratch, 'frr');
    const root = join(draft, 'root');
    mkdirSync(draft);
    await unpackFromFirstMirror(root, scratch, pin, context);
    completeRoot(root);
    const version = await unpackedVersion(root);
    if (!isAtLeast(version, pinnedVersion(pin.minimum))) {
      throw new ToolFailure({
        code: 'frr-unavailable',
        message: `Debian ${pin.debianSuite} has FRR ${printVersion(version)}; ${pin.minimum} or newer is needed`,
        next: `name a newer suite in packages/tools/src/tools.json`,
      });
    }
    const description = { source: `debian-${pin.debianSuite}`, version: printVersion(version) };
    writeFileSync(join(draft, 'frr.json'), `${JSON.stringify(description, null, 2)}\n`);
    mkdirSync(dirname(folder), { recursive: true });
    renameSync(draft, folder);
  });
}

async function unpackFromFirstMirror(
  root: string,
  scratch: string,
  pin: FrrPin,
  context: EnsureContext,
): Promise<void> {
  const mirrors = await debianMirrors(context.env);
  const refusals: string[] = [];
  const settings = join(scratch, 'apt.conf');
  writeFileSync(settings, await acquireSettings());
  for (const mirror of mirrors) {
    const done = context.progress.begin({
      title: `unpacking FRR of Debian ${pin.debianSuite}`,
      expectedSeconds: pin.expectedSeconds,
    });
    const argv = unpackCommand({ root, mirror, settings, pin });
    const result = await tryCommand(argv, { env: context.env, signal: context.signal }).catch((error: unknown) => {
      done('interrupted');
      throw error;
    });
    done(result.status === 0 ? 'done' : 'failed');
    if (result.status === 0) return;
    refusals.push(failedCommand(argv, result).message);
    rmSync(root, { recursive: true, force: true });
  }
  throw new ToolFailure({
    code: 'frr-unavailable',
    message: [
      `no FRR ${pin.minimum} or newer here: ${systemBgpd} is missing or older, and no mirror of the apt sources has Debian ${pin.debianSuite}`,
      ...refusals,
    ].join('\n'),
    next: `install FRR ${pin.minimum} or newer, or name a Debian mirror: MESHRS_DEBIAN_MIRROR=ADDRESS scripts/frr`,
  });
}

/** How this machine fetches packages: its proxies, and whether it takes a snapshot whose date has passed. */
async function acquireSettings(): Promise<string> {
  const dump = await runCommand(['apt-config', 'dump', 'Acquire']);
  const lines = dump.split('\n').filter((line) => /^Acquire::(http|https|Check-|Retries|ForceIPv)/.test(line));
  return [...lines, 'Acquire::Languages "none";', ''].join('\n');
}

async function unpackedVersion(root: string): Promise<readonly [number, number, number]> {
  const architecture = readdirSync(join(root, 'usr/lib')).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraries = join(root, 'usr/lib', architecture);
  const loader = readdirSync(libraries).find((name) => name.startsWith('ld-linux')) ?? '';
  const path = `${libraries}:${libraries}/frr`;
  const printed = await runCommand([
    join(libraries, loader),
    '--library-path',
    path,
    join(root, systemBgpd),
    '--version',
  ]);
  const version = findVersion(printed);
  if (version === undefined) {
    throw new ToolFailure({
      code: 'frr-unavailable',
      message: `${join(root, systemBgpd)} --version: printed no version, but "${printed.trim()}"`,
      next: 'run it by hand and see what it says',
    });
  }
  return version;
}

function linkRoot(root: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  const draft = `${link}.${String(process.pid)}`;
  symlinkSync(root, draft);
  renameSync(draft, link);
}

import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { goEnvironment, readModuleVersion, type GoToolchain } from './go-toolchain.ts';
import type { GoBuild } from './pins.ts';
import type { Places } from './places.ts';
import type { Progress } from './progress.ts';
import { failedCommand, tryCommand } from './run-command.ts';
import { ToolFailure } from './tool-failure.ts';
import { pinnedVersion } from './version.ts';

export interface BuildContext {
  readonly go: GoToolchain;
  readonly env: NodeJS.ProcessEnv;
  readonly places: Places;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Folder of this run alone, thrown away afterwards; holds Go's build cache, which grows to gigabytes. */
  readonly scratch: string;
}

/** Where a finished build lies, for all clones of this user. */
export function buildFolder(name: string, build: GoBuild, inputs: string, go: GoToolchain, places: Places): string {
  return join(places.cache, 'tools', [name, build.version, go.version, go.os, go.arch, inputs].join('-'));
}

/** Hash of all that decides what a build gives, but for the Go that does it. */
export function hashInputs(build: GoBuild, repository: string): string {
  const { module, version, commands, linkerVariables, tags } = build;
  const hash = createHash('sha256').update(
    JSON.stringify({ module, version, commands, linkerVariables, tags, linkerFlags }),
  );
  if (build.source !== undefined) {
    const folder = join(repository, build.source);
    for (const file of filesOf(folder)) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Builds all commands of a build into its folder, which is there complete or not at all. */
export async function buildInto(folder: string, name: string, build: GoBuild, context: BuildContext): Promise<void> {
  const draft = join(context.scratch, name);
  mkdirSync(draft, { recursive: true });
  const packages = [...new Set(Object.values(build.commands))];
  const count = { built: 0, compiled: 0 };
  const done = context.progress.begin({
    title: `building ${name} ${build.version}`,
    expectedSeconds: build.expectedSeconds,
    status: () =>
      `program ${String(count.built + 1)} of ${String(packages.length)}, ${String(count.compiled)} packages compiled`,
  });
  try {
    for (const package_ of packages) {
      await buildPackage(draft, package_, build, context, (compiled) => {
        count.compiled += compiled;
      });
      count.built += 1;
    }
  } catch (error) {
    done(context.signal.aborted ? 'interrupted' : 'failed');
    throw error;
  }
  mkdirSync(dirname(folder), { recursive: true });
  renameSync(draft, folder);
  done('done');
}

const linkerFlags = '-s -w';

async function buildPackage(
  draft: string,
  package_: string,
  build: GoBuild,
  context: BuildContext,
  onCompiled: (packages: number) => void,
): Promise<void> {
  const output = mkdtempSync(join(context.scratch, 'output-'));
  const flags = ['-trimpath', '-v', `-ldflags=${linkerFlagsOf(build)}`, `-tags=${(build.tags ?? []).join(',')}`];
  const argv: [string, ...string[]] =
    build.source === undefined
      ? [context.go.path, 'install', ...flags, `${package_}@${build.version}`]
      : [context.go.path, 'build', ...flags, '-mod=readonly', '-o', `${output}/`, package_];
  const result = await tryCommand(argv, {
    cwd: build.source === undefined ? context.scratch : join(context.places.repository, build.source),
    env: { ...goEnvironment(context.env), GOBIN: output, GOCACHE: join(context.scratch, 'go-build') },
    signal: context.signal,
    onStderr: (text) => {
      onCompiled(text.split('\n').filter((line) => line !== '' && !line.startsWith('go: ')).length);
    },
  });
  if (result.status !== 0) {
    throw new ToolFailure({
      code: 'build-failed',
      message: failedCommand(argv, result).message,
      next: `look at the last lines: a module that cannot be fetched needs \`go env GOPROXY\` to name a proxy that has it; then run again`,
    });
  }
  const [file] = readdirSync(output);
  if (file === undefined) {
    throw new ToolFailure({
      code: 'build-failed',
      message: `${argv.join(' ')}: made no program`,
      next: 'name a main package in packages/tools/src/tools.json',
    });
  }
  const built = join(output, file);
  await assertVersion(built, build, context);
  for (const [command, itsPackage] of Object.entries(build.commands)) {
    if (itsPackage !== package_) continue;
    mkdirSync(dirname(join(draft, command)), { recursive: true });
    linkSync(built, join(draft, command));
  }
  rmSync(output, { recursive: true });
}

async function assertVersion(file: string, build: GoBuild, context: BuildContext): Promise<void> {
  const seen = await readModuleVersion(context.go, file, build.module);
  if (seen !== build.version) {
    const origin = build.source === undefined ? 'packages/tools/src/tools.json' : `${build.source}/go.mod`;
    throw new ToolFailure({
      code: 'wrong-version',
      message: `${build.module} was built at ${seen ?? 'no version'}, but packages/tools/src/tools.json wants ${build.version}`,
      next: `make ${origin} agree with it`,
    });
  }
}

function linkerFlagsOf(build: GoBuild): string {
  const variables = Object.entries(build.linkerVariables ?? {}).map(([name, template]) => {
    const [major, minor, patch] = pinnedVersion(build.version).map(String);
    const numbers: Readonly<Record<string, string | undefined>> = { major, minor, patch };
    const value = template.replace(/\{(\w+)\}/g, (whole, key: string) => numbers[key] ?? whole);
    return `-X ${name}=${value}`;
  });
  return [linkerFlags, ...variables].join(' ');
}

/** Relative paths of all files under a folder, sorted. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort();
}

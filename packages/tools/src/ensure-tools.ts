import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installMissing } from './debian-packages.ts';
import { buildFolder, buildInto, hashInputs } from './go-build.ts';
import { findGo, readModuleVersion, type GoToolchain } from './go-toolchain.ts';
import { withLock } from './lock.ts';
import { allCommands, findTool, type GoBuild, type Pins, type ToolSource } from './pins.ts';
import type { Places } from './places.ts';
import { duration, type Progress } from './progress.ts';
import { fingerprint, readRecord, writeRecord } from './record.ts';
import { tryCommand } from './run-command.ts';
import { withScratch } from './scratch.ts';
import { findOnPath } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';
import { findVersion, printVersion } from './version.ts';

export interface EnsureContext {
  readonly pins: Pins;
  readonly env: NodeJS.ProcessEnv;
  readonly places: Places;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly isRoot: boolean;
}

/** Makes every named tool ready: the one on PATH when its version fits, else one that is built or installed. */
export async function ensureTools(commands: readonly string[], context: EnsureContext): Promise<void> {
  const tools = [...new Set(commands)].map((command) => resolveTool(command, context.pins));
  const missing = tools.filter((tool) => tool.kind === 'go-build').filter((tool) => !isReady(tool, context.places));
  await installMissing(
    tools.filter((tool) => tool.kind === 'debian-package'),
    context,
  );
  const unfit = await linkFromPath(missing, context);
  if (unfit.length > 0) await linkFromBuilds(unfit, context);
}

type BuiltTool = Extract<ToolSource, { kind: 'go-build' }>;

function resolveTool(command: string, pins: Pins): ToolSource {
  const tool = findTool(command, pins);
  if (tool === undefined) {
    throw new ToolFailure({
      code: 'unknown-tool',
      message: `tool "${command}" is unknown; packages/tools/src/tools.json has: ${allCommands(pins).join(', ')}`,
      next: 'name one of these, or pin another there',
    });
  }
  return tool;
}

function isReady(tool: BuiltTool, places: Places): boolean {
  const record = readRecord(places, tool.command);
  if (record?.version !== tool.build.version) return false;
  const seen = fingerprint(join(places.bin, tool.command));
  if (seen?.size !== record.size || seen.modifiedMs !== record.modifiedMs) return false;
  return record.onPath !== undefined || record.inputs === hashInputs(tool.build, places.repository);
}

/** Links what PATH has in the wanted version, and returns the rest. */
async function linkFromPath(tools: readonly BuiltTool[], context: EnsureContext): Promise<BuiltTool[]> {
  const { env, places, progress } = context;
  const unfit: BuiltTool[] = [];
  for (const tool of tools) {
    const onPath = findOnPath(tool.command, env['PATH'], [places.bin, join(places.repository, 'node_modules/.bin')]);
    if (onPath === undefined) {
      unfit.push(tool);
      continue;
    }
    const seen = await readVersion(onPath, tool.build, env);
    if (isSameVersion(seen, tool.build.version)) {
      progress.note(`${tool.command} ${tool.build.version}: ${onPath}`);
      place(tool, places, { onPath }, (draft) => {
        symlinkSync(onPath, draft);
      });
    } else {
      progress.note(
        `${tool.command}: ${onPath} is ${seen ?? 'of an unknown version'}, ${tool.build.version} is wanted`,
      );
      unfit.push(tool);
    }
  }
  return unfit;
}

function isSameVersion(seen: string | undefined, pinned: string): boolean {
  const numbers = findVersion(pinned);
  return numbers !== undefined && seen === printVersion(numbers);
}

/** The version of a program on PATH: as Go wrote it into the file, else as the program prints it. */
async function readVersion(file: string, build: GoBuild, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const go = await findGo(env).catch((error: unknown) => {
    // Without Go the program is asked itself; only building one needs Go.
    if (error instanceof ToolFailure && (error.code === 'go-missing' || error.code === 'go-too-old')) return undefined;
    throw error;
  });
  const written = go === undefined ? undefined : findVersion((await readModuleVersion(go, file, build.module)) ?? '');
  if (written !== undefined) return printVersion(written);
  if (build.versionArguments === undefined) return undefined;
  const answer = await tryCommand([file, ...build.versionArguments], { env });
  const printed = answer.status === 0 ? findVersion(answer.stdout + answer.stderr) : undefined;
  return printed === undefined ? undefined : printVersion(printed);
}

async function linkFromBuilds(tools: readonly BuiltTool[], context: EnsureContext): Promise<void> {
  const go = await findGo(context.env);
  const builds = new Map(tools.map((tool) => [tool.name, tool.build]));
  announce(builds, go, context);
  await withScratch(context.places.cache, async (scratch) => {
    for (const [name, build] of builds) {
      const inputs = hashInputs(build, context.places.repository);
      const folder = await builtFolder(name, build, inputs, { ...context, go, scratch });
      for (const tool of tools.filter((one) => one.name === name)) {
        place(tool, context.places, { inputs }, (draft) => {
          linkOrCopy(join(folder, tool.command), draft);
        });
      }
    }
  });
}

/** Tells how long all of it will take, before the first of several builds. */
function announce(builds: ReadonlyMap<string, GoBuild>, go: GoToolchain, context: EnsureContext): void {
  const missing = [...builds].filter(([name, build]) => {
    const inputs = hashInputs(build, context.places.repository);
    return !existsSync(buildFolder(name, build, inputs, go, context.places));
  });
  if (missing.length < 2) return;
  const names = missing.map(([name, build]) => `${name} ${build.version}`);
  const seconds = missing.reduce((sum, [, build]) => sum + build.expectedSeconds, 0);
  context.progress.note(`to build: ${names.join(', ')}; about ${duration(seconds)} in all`);
}

async function builtFolder(
  name: string,
  build: GoBuild,
  inputs: string,
  context: EnsureContext & { readonly go: GoToolchain; readonly scratch: string },
): Promise<string> {
  const folder = buildFolder(name, build, inputs, context.go, context.places);
  if (existsSync(folder)) return folder;
  const onWait = (): void => {
    context.progress.note(`${name} ${build.version}: another run builds it; waiting for that`);
  };
  await withLock(`${folder}.lock`, onWait, async () => {
    if (!existsSync(folder)) await buildInto(folder, name, build, context);
  });
  return folder;
}

/** Puts a tool into `.tools/bin` in one step, over the one that is there. */
function place(
  tool: BuiltTool,
  places: Places,
  origin: { readonly onPath: string } | { readonly inputs: string },
  make: (draft: string) => void,
): void {
  const path = join(places.bin, tool.command);
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${String(process.pid)}`;
  rmSync(draft, { force: true });
  make(draft);
  renameSync(draft, path);
  // rename(2) does nothing, and leaves the draft, when both names are links to one file.
  rmSync(draft, { force: true });
  const seen = fingerprint(path);
  if (seen === undefined) {
    throw new ToolFailure({
      code: 'tool-missing',
      message: `${path} vanished while it was being put there`,
      next: `run again: scripts/ensure ${tool.command}`,
    });
  }
  writeRecord(places, { command: tool.command, version: tool.build.version, ...origin, ...seen });
}

function linkOrCopy(file: string, draft: string): void {
  try {
    linkSync(file, draft);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EXDEV' || error.code === 'EPERM'))) throw error;
    copyFileSync(file, draft);
  }
}

import { join } from 'node:path';
import type { Progress } from './progress.ts';
import { failedCommand, tryCommand } from './run-command.ts';
import { findInstalled, findOnPath } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';

export interface InstallContext {
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly isRoot: boolean;
}

/** A command, or the absolute path of a file, and the package that brings it. */
export interface PackagedCommand {
  readonly command: string;
  readonly package: string;
}

/** Installs the packages of those commands that are missing. */
export async function installMissing(wanted: readonly PackagedCommand[], context: InstallContext): Promise<void> {
  const missing = wanted.filter(({ command }) => isMissing(command, context.env));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((tool) => tool.package))];
  const names = missing.map((tool) => tool.command).join(', ');
  if (findInstalled('apt-get', context.env) === undefined) {
    throw new ToolFailure({
      code: 'no-apt',
      message: `missing: ${names}; there is no apt-get here to install them with`,
      next: `install them by other means: Debian's packages are ${packages.join(', ')}`,
    });
  }
  await install(packages, await rootPrefix(packages, names, context), context);
  const stillMissing = missing.filter(({ command }) => isMissing(command, context.env));
  if (stillMissing.length > 0) {
    throw new ToolFailure({
      code: 'package-install-failed',
      message: `installed, yet not found on PATH: ${stillMissing.map((tool) => `${tool.command} (package ${tool.package})`).join(', ')}`,
      next: `correct the package in packages/tools/src/tools.json`,
    });
  }
}

async function install(packages: readonly string[], prefix: readonly string[], context: InstallContext): Promise<void> {
  const script = join(import.meta.dirname, 'apt-install.sh');
  const argv: [string, ...string[]] = [...prefix, script, ...packages] as [string, ...string[]];
  const done = context.progress.begin({
    title: `installing ${packages.join(', ')} with apt-get`,
    expectedSeconds: 10 + 5 * packages.length,
  });
  const result = await tryCommand(argv, { env: context.env, signal: context.signal }).catch((error: unknown) => {
    done('interrupted');
    throw error;
  });
  if (result.status !== 0) {
    done('failed');
    throw new ToolFailure({
      code: 'package-install-failed',
      message: failedCommand(argv, result).message,
      next: 'run apt-get by hand and see what it says',
    });
  }
  done('done');
}

async function rootPrefix(
  packages: readonly string[],
  names: string,
  context: InstallContext,
): Promise<readonly string[]> {
  if (context.isRoot) return [];
  if (findOnPath('sudo', context.env['PATH']) !== undefined) {
    const { status } = await tryCommand(['sudo', '--non-interactive', 'true'], { env: context.env });
    if (status === 0) return ['sudo', '--non-interactive', '--preserve-env=http_proxy,https_proxy'];
  }
  throw new ToolFailure({
    code: 'not-root',
    message: `missing: ${names}; installing them needs root, and sudo without a password is not to be had`,
    next: `run as root: apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}`,
  });
}

function isMissing(command: string, env: NodeJS.ProcessEnv): boolean {
  return findInstalled(command, env) === undefined;
}

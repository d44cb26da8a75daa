import { pins } from './pins.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { findOnPath } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';
import { findVersion, isAtLeast, pinnedVersion } from './version.ts';

/** The Go that builds our tools. */
export interface GoToolchain {
  readonly path: string;
  /** As in `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

const howToGetGo = `install Go ${pins.goMinimum} or newer from Go's download page or your distribution, and put its bin folder on PATH`;

/** The Go on PATH, when it is new enough for every tool. */
export async function findGo(env: NodeJS.ProcessEnv): Promise<GoToolchain> {
  const path = findOnPath('go', env['PATH']);
  if (path === undefined) {
    throw new ToolFailure({
      code: 'go-missing',
      message: `Go is not on PATH; tools are built with Go ${pins.goMinimum} or newer`,
      next: howToGetGo,
    });
  }
  const printed = await runCommand([path, 'env', 'GOVERSION', 'GOHOSTOS', 'GOHOSTARCH'], { env: goEnvironment(env) });
  const [version = '', os = '', arch = ''] = printed.split('\n');
  const numbers = findVersion(version);
  if (numbers === undefined || !isAtLeast(numbers, pinnedVersion(pins.goMinimum))) {
    throw new ToolFailure({
      code: 'go-too-old',
      message: `${path} is ${version}; tools are built with Go ${pins.goMinimum} or newer`,
      next: howToGetGo,
    });
  }
  return { path, version, os, arch };
}

/** The user's environment without what would change a build: only where modules come from stays theirs. */
export function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off', GOTOOLCHAIN: 'local', GO111MODULE: 'on' };
  const others = Object.entries(env).filter(([name]) => !['GOOS', 'GOARCH', 'GOBIN', 'GOEXPERIMENT'].includes(name));
  return { ...Object.fromEntries(others), ...own };
}

/** The version of a module that a program was built from, as Go wrote it into the file. */
export async function readModuleVersion(go: GoToolchain, file: string, module: string): Promise<string | undefined> {
  const result = await tryCommand([go.path, 'version', '-m', file]);
  if (result.status !== 0) return undefined;
  for (const line of result.stdout.split('\n')) {
    const [, role, name, version] = line.split('\t');
    if ((role === 'mod' || role === 'dep') && name === module) return version;
  }
  return undefined;
}

import { fingerprint, readRecord } from './record.ts';
import { findTool, pins } from './pins.ts';
import { placesOf, type Places } from './places.ts';
import { findInstalled } from './search-path.ts';
import { ToolFailure } from './tool-failure.ts';
import { join } from 'node:path';

/** Absolute path of a pinned tool that is there already. Otherwise throws a failure that names the command to run. */
export function locateTool(
  command: string,
  env: NodeJS.ProcessEnv = process.env,
  places: Places = placesOf(env),
): string {
  const tool = findTool(command, pins);
  if (tool === undefined) {
    throw new ToolFailure({
      code: 'unknown-tool',
      message: `tool "${command}" is not pinned in packages/tools/src/tools.json`,
      next: 'add it there, with its version',
    });
  }
  return tool.kind === 'go-build'
    ? locateBuilt(command, tool.build.version, places)
    : locateInstalled(command, tool.package, env);
}

function locateBuilt(command: string, version: string, places: Places): string {
  const path = join(places.bin, command);
  if (fingerprint(path) === undefined) {
    throw new ToolFailure({
      code: 'tool-missing',
      message: `tool ${command} ${version} is not in ${places.bin}`,
      next: `run scripts/ensure ${command}`,
    });
  }
  const seen = readRecord(places, command)?.version;
  if (seen !== version) {
    throw new ToolFailure({
      code: 'wrong-version',
      message: `tool ${path} is ${seen ?? 'of an unknown version'}; packages/tools/src/tools.json wants ${version}`,
      next: `run scripts/ensure ${command}`,
    });
  }
  return path;
}

function locateInstalled(command: string, package_: string, env: NodeJS.ProcessEnv): string {
  const path = findInstalled(command, env);
  if (path === undefined) {
    throw new ToolFailure({
      code: 'tool-missing',
      message: `${command} is neither on PATH nor in /usr/sbin; Debian's and Ubuntu's package ${package_} brings it`,
      next: `run scripts/ensure ${command}`,
    });
  }
  return path;
}

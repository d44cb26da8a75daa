import { goEnvironment, type GoToolchain } from '../go-toolchain.ts';
import type { SchemaSource } from './make-schemas.ts';
import type { Pins } from '../pins.ts';
import type { Progress } from '../progress.ts';
import { failedCommand, tryCommand } from '../run-command.ts';
import { versionOf } from '../schema-version.ts';
import { ToolFailure } from '../tool-failure.ts';

export interface FetchContext {
  readonly go: GoToolchain;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Fetches the modules of all schema sets with Go, which keeps and verifies them. */
export async function fetchSchemaSources(pins: Pins, context: FetchContext): Promise<SchemaSource[]> {
  const sources: SchemaSource[] = [];
  const done = context.progress.begin({
    title: 'fetching the modules that schemas are made from',
    expectedSeconds: 15,
  });
  for (const [folder, set] of Object.entries(pins.schemaSets)) {
    const version = versionOf(folder, set, pins);
    const unpacked = await fetchModule(`${set.module}@${version}`, context);
    sources.push({ folder, kind: set.kind, module: set.module, version, unpacked });
  }
  done('done');
  return sources;
}

async function fetchModule(module: string, context: FetchContext): Promise<string> {
  const argv: [string, ...string[]] = [context.go.path, 'mod', 'download', '-json', module];
  const result = await tryCommand(argv, { env: goEnvironment(context.env), signal: context.signal, cwd: '/' });
  if (result.status !== 0) {
    throw new ToolFailure({
      code: 'command-failed',
      message: failedCommand(argv, { ...result, stderr: '' }).message,
      next: 'let `go env GOPROXY` name a proxy that has it',
    });
  }
  return (JSON.parse(result.stdout) as { Dir: string }).Dir;
}

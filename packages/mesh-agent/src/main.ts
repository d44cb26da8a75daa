import { writeSync } from 'node:fs';
import { startupSnapshot } from 'node:v8';
import type { Engine, RouteServerIntent } from '@meshrs/contract';
import { renderableEngines, renderRouteServer, type RenderableEngine } from '@meshrs/router-config';
import { run } from './cli/run.ts';
import type { MeshEngine } from './engine.ts';
import { AgentFailure } from './failure.ts';
import { createFrrEngine } from './frr/frr-engine.ts';
import type { AgentPaths } from './paths.ts';

/** Put in by the build; a run from the source has none. */
declare const MESHRS_VERSION: string | undefined;

if (startupSnapshot.isBuildingSnapshot()) {
  startupSnapshot.setDeserializeMainFunction(main);
  // Node sets these anew in the process that starts; those of this one would make each snapshot another one.
  Object.defineProperty(process, 'pid', { value: 0 });
  process.execPath = '';
  process.argv.splice(0);
  void import('./rehearse.ts').then(({ rehearse }) => {
    rehearse();
  });
} else {
  main();
}

function main(): void {
  const stopSignal = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  void run({
    version: typeof MESHRS_VERSION === 'undefined' ? 'source' : MESHRS_VERSION,
    args: process.argv.slice(2),
    env: process.env,
    // Written at once: a line must not be lost when the process ends, or is killed.
    out: (text) => {
      writeSync(1, text);
    },
    err: (text) => {
      writeSync(2, text);
    },
    stopSignal,
    createEngine,
    renderEngine,
  }).then((exitCode) => {
    process.exit(exitCode);
  });
}

function createEngine(engine: Engine, paths: AgentPaths): MeshEngine {
  if (engine === 'frr') {
    return createFrrEngine({ socketPath: paths.bgpdSocket, configFile: paths.frrConfig, now: Date.now });
  }
  throw notSupported(engine);
}

function renderEngine(intent: RouteServerIntent, engine: Engine): string {
  const renderable = renderableEngines.find((each: Engine): each is RenderableEngine => each === engine);
  if (renderable === undefined) throw notSupported(engine);
  return renderRouteServer(intent, renderable);
}

function notSupported(engine: Engine): AgentFailure {
  return new AgentFailure(
    `The settings say "engine: ${engine}", and this agent runs ${renderableEngines.join(', ')} alone. Write another engine into the settings.`,
    { code: 'engine-not-supported', operation: 'choose the engine', retryable: false },
  );
}

import { engines as allEngines, type Engine, type RouteServerIntent } from '@meshrs/contract';
import { renderFrrConfig } from '@meshrs/router-config/frr';
import { machineClock } from './async/clock.ts';
import type { MeshEngine } from './engine/mesh-engine.ts';
import { AgentFailure } from './failure.ts';
import { initialConfig } from './frr/desired-config.ts';
import { createFrrEngine } from './frr/frr-engine.ts';
import type { AgentPaths } from './paths.ts';

/** What the agent does with one routing daemon. */
export interface EngineSupport {
  /** `mesh-agent init`: the text of the daemon's configuration file, with which it starts. */
  readonly initialConfiguration: (intent: RouteServerIntent) => string;
  /** `mesh-agent sidecar`: the daemon that runs. */
  readonly connectTo: (paths: AgentPaths) => MeshEngine;
}

/** A row for each engine: an engine without one is a type error. Undefined: this agent does not run it yet. */
const engines: Readonly<Record<Engine, EngineSupport | undefined>> = {
  crpd: undefined,
  frr: {
    initialConfiguration: (intent) => renderFrrConfig(initialConfig(intent)),
    connectTo: (paths) =>
      createFrrEngine({ socketPath: paths.bgpdSocket, configFile: paths.frrConfig, now: machineClock.monotonicMs }),
  },
};

/** The engines that this agent runs. */
export const supportedEngines: readonly Engine[] = allEngines.filter((engine) => engines[engine] !== undefined);

/** @throws AgentFailure `engine-not-supported` */
export function supportOf(engine: Engine): EngineSupport {
  const support = engines[engine];
  if (support) return support;
  throw new AgentFailure(
    `The settings say "engine: ${engine}", and this agent runs ${supportedEngines.join(', ')} alone. Write another engine into the settings.`,
    { code: 'engine-not-supported', operation: 'choose the engine', retryable: false },
  );
}

import type { Engine, RouteServerIntent } from '@meshrs/contract';
import { toFrrConfig } from './frr/to-frr-config.ts';
import { renderFrrConfig } from '../frr/render-config.ts';

type Renderer = (intent: RouteServerIntent) => string;

/** A row for each engine: an engine without one is a type error. Undefined: its language is not written yet. */
const renderers = {
  crpd: undefined,
  frr: (intent) => renderFrrConfig(toFrrConfig(intent)),
} as const satisfies Record<Engine, Renderer | undefined>;

/** The engines whose configuration can be rendered. */
export type RenderableEngine = {
  [E in Engine]: (typeof renderers)[E] extends undefined ? never : E;
}[Engine];

export const renderableEngines = (Object.keys(renderers) as readonly Engine[]).filter(isRenderable);

/**
 * The whole configuration file of a route server: canonical text (LF, one final newline, sorted, no time of day), the
 * same for the same intent. Throws `UnsafeTextError` when a name in the intent would be more than one word to the engine;
 * settings that were read with `readSettings` have none.
 */
export function renderRouteServer(intent: RouteServerIntent, engine: RenderableEngine): string {
  return renderers[engine](intent);
}

function isRenderable(engine: Engine): engine is RenderableEngine {
  return renderers[engine] !== undefined;
}

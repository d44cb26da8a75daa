import type { Engine, RouteServerIntent } from '@meshrs/contract';
import { toFrrConfig } from './frr/to-frr-config.ts';
import { renderFrrConfig } from '../frr/render-config.ts';

/** One folder under `engines/` for each; an engine without a folder is a type error where it is asked for. */
const renderers = {
  frr: (intent) => renderFrrConfig(toFrrConfig(intent)),
} as const satisfies Partial<Record<Engine, (intent: RouteServerIntent) => string>>;

/** The engines whose configuration can be rendered. */
export type RenderableEngine = keyof typeof renderers;

export const renderableEngines = Object.keys(renderers) as readonly RenderableEngine[];

/**
 * The whole configuration file of a route server: canonical text (LF, one final newline, sorted, no time of day), the
 * same for the same intent. Throws `UnsafeTextError` when a name in the intent would be more than one word to the engine;
 * settings that were read with `readSettings` have none.
 */
export function renderRouteServer(intent: RouteServerIntent, engine: RenderableEngine): string {
  return renderers[engine](intent);
}

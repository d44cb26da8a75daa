import { omit, toFrrLine, UnsafeTextError, type FrrConfig } from '@meshrs/router-config/frr';
import {
  isPinned,
  toFrrConfig,
  withoutDrain,
  withOverlay,
  type DrainProgress,
} from '@meshrs/router-config/route-server/frr';
import type { RouteServerIntent } from '@meshrs/contract';
import type { DrainAtEngine } from '../engine/drain-at-engine.ts';
import type { Desired } from '../engine/engine-driver.ts';
import { EngineFailure } from '../engine/engine-failure.ts';

/** @throws EngineFailure `intent-not-renderable` */
export function renderIntent(intent: RouteServerIntent): FrrConfig {
  try {
    return toFrrConfig(intent);
  } catch (cause) {
    if (!(cause instanceof UnsafeTextError)) throw cause;
    throw new EngineFailure(cause.message, {
      code: 'intent-not-renderable',
      engine: 'frr',
      operation: 'render',
      retryable: false,
      cause,
    });
  }
}

/** What bgpd is to run: what was asked for, or else what runs, with pins, evictions and drain on top. */
export function desiredConfig(running: FrrConfig, { asked, evictions, pins, drain }: Desired<FrrConfig>): FrrConfig {
  const groups = new Map(asked?.intent.clientGroups.map((group) => [group.name, group]));
  return withOverlay(asked ? asked.config : withoutEvictions(running), {
    evictions,
    pins: pins.map((pin) => {
      const { passedAttributes } = groups.get(pin.group) ?? {};
      return passedAttributes === undefined ? pin : { ...pin, passedAttributes };
    }),
    drain: drainProgress(drain),
  });
}

/** A drain in bgpd's words. */
export function drainProgress({ isGracefulShutdown, closedWith }: DrainAtEngine): DrainProgress {
  return { isGracefulShutdown, ...(closedWith !== undefined && { closedWith: toFrrLine(closedWith) }) };
}

/** Of what runs, what was asked for: without evictions, pins and drain. */
export function withoutAdditions(running: FrrConfig): FrrConfig {
  const config = withoutEvictions(withoutDrain(running));
  if (!config.router) return config;
  return {
    ...config,
    router: { ...config.router, neighbors: config.router.neighbors.filter((one) => !isPinned(one)) },
  };
}

/** Of what runs, the part that is not an eviction. */
function withoutEvictions(running: FrrConfig): FrrConfig {
  if (!running.router) return running;
  const neighbors = running.router.neighbors.flatMap((neighbor) => {
    if (!neighbor.shutdown) return [neighbor];
    return neighbor.group === undefined ? [] : [omit(neighbor, 'shutdown')];
  });
  return { ...running, router: { ...running.router, neighbors } };
}

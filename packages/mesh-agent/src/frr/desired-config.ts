import { omit, toFrrLine, UnsafeTextError, type FrrConfig } from '@meshrs/router-config/frr';
import {
  isPinned,
  toFrrConfig,
  withoutDrain,
  withOverlay,
  withPinned,
  type DrainProgress,
  type PinnedClient,
} from '@meshrs/router-config/route-server/frr';
import { narrowAddresses, type RouteServerIntent } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';
import type { DrainAtEngine } from '../engine/drain-at-engine.ts';
import type { Desired } from '../engine/engine-driver.ts';
import { EngineFailure } from '../engine/engine-failure.ts';
import { findGroups } from './sessions.ts';

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

/**
 * What the bgpd of a pod that starts runs, before there is an agent to ask: each address of narrow ranges is a neighbor of its
 * own from the first moment on.
 */
export function initialConfig(intent: RouteServerIntent): FrrConfig {
  return withPinned(toFrrConfig(intent), withPassedAttributes(narrowAddresses(intent), intent));
}

/** What bgpd is to run: what was asked for, or else what runs, with pins, evictions and drain on top. */
export function desiredConfig(running: FrrConfig, { asked, evictions, pins, drain }: Desired<FrrConfig>): FrrConfig {
  return withOverlay(asked ? asked.config : withoutEvictions(running), {
    evictions,
    pins: withPassedAttributes(pins, asked?.intent),
    drain: drainProgress(drain),
  });
}

/**
 * What a bgpd that starts is to run: what runs, without the drain, and who came by a listen range as a neighbor of its group.
 * No session is left that this could cost, and a path attribute with which one of them may have ended bgpd is then taken
 * off its routes: bgpd takes it off those of neighbors alone.
 */
export function startingConfig(
  running: FrrConfig,
  known: readonly IpAddress[],
  intent: RouteServerIntent | undefined,
): FrrConfig {
  const config = withoutDrain(running);
  const external = new Set<string>(
    config.router?.groups.flatMap(({ name, remoteAs }) => (remoteAs === 'external' ? name : [])),
  );
  const groupOf = findGroups(config);
  const pins = [...new Set(known)].flatMap((address) => {
    const group = groupOf(address);
    return group !== undefined && external.has(group) ? { address, group } : [];
  });
  return withPinned(config, withPassedAttributes(pins, intent));
}

function withPassedAttributes(
  pins: readonly Pick<PinnedClient, 'address' | 'group'>[],
  intent: RouteServerIntent | undefined,
): readonly PinnedClient[] {
  const groups = new Map(intent?.clientGroups.map((group) => [group.name, group]));
  return pins.map((pin) => {
    const { passedAttributes } = groups.get(pin.group) ?? {};
    return passedAttributes === undefined ? pin : { ...pin, passedAttributes };
  });
}

/** A drain in bgpd's words. */
export function drainProgress({ isGracefulShutdown, closedWith }: DrainAtEngine): DrainProgress {
  return { isGracefulShutdown, ...(closedWith !== undefined && { closedWith: toFrrLine(closedWith) }) };
}

/** Without those of these that are pinned. */
export function withoutPinned(running: FrrConfig, gone: ReadonlySet<IpAddress>): FrrConfig {
  if (!running.router || gone.size === 0) return running;
  const neighbors = running.router.neighbors.filter(
    (one) => !gone.has(one.address) || one.shutdown !== undefined || !isPinned(one),
  );
  return { ...running, router: { ...running.router, neighbors } };
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

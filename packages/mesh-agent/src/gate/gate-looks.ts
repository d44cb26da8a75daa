import {
  decideGate,
  forgetHeard,
  nothingRemembered,
  type GateVerdict,
  type GateView,
  type SidesMemory,
} from '@meshrs/gate';
import { createFleetReader, type FleetReader } from '../fleet/fleet-reader.ts';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import type { ParsedGateIntent } from './arguments.ts';
import type { GateTiming } from './gate-timing.ts';
import { withLeaving } from './leaving-sides.ts';
import { look, type Look } from './look.ts';
import { createAges, createTimeSinceChange } from './time-since-change.ts';

/** By side, how many seconds ago it was changed; undefined: nobody knows that it was. */
export type SecondsSince = (side: string) => number | undefined;

/** From where, and how, a gate looks. */
export interface LookingFrom {
  readonly client: DatedApiClient;
  readonly namespace: string;
  /** By whom agents are asked; left out: at the addresses of their pods. */
  readonly agents?: FleetReader;
  /** Whether the objects bear a mark that changes with each of them; left out: where the gate has a revision. */
  readonly isMarked?: boolean;
  /**
   * What else of the sides may have been changed than their objects tell, asked once after each closing, since until then it may
   * change; left out: nothing. @throws AgentFailure
   */
  readonly seeOthers?: (signal: AbortSignal) => Promise<SecondsSince>;
  readonly timing: GateTiming;
}

export interface GateLooks {
  /**
   * One look. `revision`: what the side is to be; undefined: it is asked as of a side that changes. `moment`: what else may have
   * been changed is asked for anew when it is another one. @throws AgentFailure
   */
  look(revision: string | undefined, moment: string, signal: AbortSignal): Promise<SeenGate>;
}

export interface SeenGate {
  readonly verdict: GateVerdict;
  readonly view: GateView;
  readonly seen: Look;
}

/** What one look leaves for the next. */
export function createGateLooks(
  intent: ParsedGateIntent,
  { client, namespace, agents = createFleetReader(), timing, ...watching }: LookingFrom,
): GateLooks {
  const { next, sides, allowMissing } = intent;
  const { clock } = timing;
  const isMarked = watching.isMarked ?? intent.revision !== undefined;
  const sinceChange = createTimeSinceChange({ sides, isMarked, nowMs: clock.monotonicMs });
  const ages = createAges(clock.monotonicMs);
  let memory: SidesMemory = nothingRemembered;
  /** Since the first look to which nothing but clients was lacking: a VIP may have gone while a side rolled. */
  let listensSince: number | undefined;
  let others: { readonly moment: string; readonly since: SecondsSince } | undefined;

  return {
    look: async (revision, moment, signal) => {
      if (watching.seeOthers && others?.moment !== moment) {
        others = { moment, since: await watching.seeOthers(signal) };
      }
      const whole = { ...intent, sides: await withLeaving(client, namespace, intent, signal) };
      const seen = await look(dated(client, timing), namespace, whole, { agents, memory, signal });
      const atSeconds = clock.monotonicMs() / 1000;
      listensSince ??= atSeconds;
      const view = {
        ...{ ...seen, next, allowMissing, revision, memory },
        secondsSinceChange: withOthers(sinceChange(seen.changes), others?.since),
        ...{ atSeconds, listenedSeconds: atSeconds - listensSince, heardForSeconds: timing.heardForMs / 1000 },
        fleet: seen.fleet && { ...seen.fleet, secondsSinceChange: ages('fleet', seen.fleet.change) / 1000 },
      };
      const verdict = decideGate(view);
      memory = memoryOf(verdict) ?? memory;
      if (lacksMoreThanClients(verdict)) {
        memory = forgetHeard(memory);
        listensSince = undefined;
      }
      return { verdict, view, seen };
    },
  };
}

/** Of before a look nothing else is kept: the fleet reader lends its columns for one look more. */
function memoryOf(verdict: GateVerdict): SidesMemory | undefined {
  if ('comparison' in verdict) return verdict.comparison.memory;
  return 'memory' in verdict ? verdict.memory : undefined;
}

function lacksMoreThanClients(verdict: GateVerdict): boolean {
  return 'gaps' in verdict && verdict.gaps.length + verdict.fleetGaps.length > 0;
}

/** What was changed last counts. */
function withOthers(
  seconds: ReadonlyMap<string, number>,
  since: SecondsSince = () => undefined,
): ReadonlyMap<string, number> {
  return new Map([...seconds].map(([side, of]) => [side, Math.min(of, since(side) ?? Infinity)]));
}

function dated(client: DatedApiClient, { apiTimeMs }: GateTiming): DatedApiClient {
  return {
    close: client.close,
    getDated: async (path, signal) => {
      const { value, dateMs } = await client.getDated(path, signal);
      return { value, dateMs: dateMs === undefined ? undefined : apiTimeMs(dateMs) };
    },
  };
}

import {
  budgetValue,
  formatBudget,
  heldAnnotations as held,
  noDisruption,
  parseBudget,
  type BudgetIntent,
} from '@meshrs/contract';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import { refusalOf, type ExchangingApiClient } from '../sources/kubernetes/api-client.ts';
import { historySchema, lastChange } from '../sources/kubernetes/last-change.ts';

/** The disruption budget of the fleet, as far as gates and agents change it. */
export interface BudgetObject {
  /** Nobody is evicted from now on. `foreign`: it is not as generated, and stays as it is. @throws AgentFailure */
  hold(signal: AbortSignal): Promise<HeldOrNot>;
  /** Who closes a turn reads it before, for `release`: see `readHoldOrNot`. @throws AgentFailure */
  readHold(signal: AbortSignal): Promise<BudgetHold>;
  /**
   * It allows again what it allowed before it was held, and where that is not known, or refused, what the topology says; whether
   * it was held. Only while it is held as it was when `hold` was read: as soon as a turn is closed the next gate may hold the
   * budget for its own side, and an answer of the API may take any time. @throws AgentFailure
   */
  release(hold: BudgetHold, signal: AbortSignal): Promise<boolean>;
  /**
   * How many pods what the topology says would let go of those that run now. Undefined: there is no budget, nobody has counted,
   * or it is not known what the topology says. @throws AgentFailure
   */
  readRoom(signal: AbortSignal): Promise<BudgetRoom | undefined>;
  /** `release`, where it has been held for longer than any gate looks, by the API server's clock. @throws AgentFailure */
  releaseLeftOver(signal: AbortSignal): Promise<boolean>;
}

/** One of the times that a budget was held, or was not. */
export interface BudgetHold {
  /** As the budget says it: when, in the seconds of the API server, and a name that no other hold has. */
  readonly at: string | undefined;
}

export type HeldOrNot =
  /** `before`: as it was held just before, so that nobody could be evicted then either. */
  | { readonly kind: 'held'; readonly hold: BudgetHold; readonly before: BudgetHold | undefined }
  | { readonly kind: 'absent' }
  /** In words: "minAvailable 30%". */
  | { readonly kind: 'foreign'; readonly allows: string; readonly wanted: string };

export interface BudgetRoom {
  /** "minAvailable 50%" */
  readonly wanted: string;
  readonly running: number;
  readonly evictable: number;
}

/**
 * What `readHold` says; undefined where nobody knows, which `onFailure` is told. A turn is closed all the same: what could not be
 * released, because it is not known how it was held, an agent gives back when it has been held for longer than any gate looks.
 */
export async function readHoldOrNot(
  budget: Pick<BudgetObject, 'readHold'>,
  signal: AbortSignal,
  onFailure: (failure: AgentFailure) => void,
): Promise<BudgetHold | undefined> {
  try {
    return await budget.readHold(signal);
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure)) throw thrown;
    onFailure(thrown);
    return undefined;
  }
}

export const budgetRights = 'verbs get and patch on the PodDisruptionBudget of the fleet';

const value = z.union([z.string(), z.number()]).optional();
const budgetSchema = z.object({
  metadata: historySchema.extend({ resourceVersion: z.string().min(1).max(100) }),
  spec: z.object({ minAvailable: value, maxUnavailable: value }).default({}),
  /** How many pods its controller counts. */
  status: z.object({ expectedPods: z.number().int().min(0).optional() }).optional(),
});

export function createBudgetObject(
  client: Pick<ExchangingApiClient, 'exchange'>,
  namespace: string,
  /** What it allows by the topology; of an agent by its name alone: what a gate held it with stands in the object. */
  known: BudgetIntent | Pick<BudgetIntent, 'name'>,
  /** A name that no other hold has: two may begin in one second of the API server. */
  newName: () => string = randomUUID,
): BudgetObject {
  const path = `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets/${encodeURIComponent(known.name)}`;
  return {
    hold: (signal) => change(signal, (seen) => toHeld(seen, newName())),
    readHold: async (signal) => ({ at: (await read(signal))?.heldAt }),
    release: async ({ at }, signal) => {
      const released = (intentOf: (seen: SeenBudget | undefined) => BudgetIntent | undefined) =>
        change(signal, (seen) =>
          seen?.heldAt === at ? giveBack(seen, intentOf(seen)) : { kind: 'leave', result: false },
        );
      try {
        return await released((seen) => seen?.heldWith ?? seen?.intent);
      } catch (thrown) {
        // The policies know what the newest commit generates, and the budget may be held by a gate of one before.
        if (!(thrown instanceof AgentFailure) || !isRefusal(thrown) || !('field' in known)) throw thrown;
        return await released(() => known);
      }
    },
    releaseLeftOver: (signal) =>
      change(signal, (seen) => {
        const isLeft = isHeld(seen) && seen.ageMs !== undefined && seen.ageMs >= seen.intent.heldSeconds * 1000;
        return isLeft ? giveBack(seen, seen.heldWith ?? seen.intent) : { kind: 'leave', result: false };
      }),
    readRoom: async (signal) => {
      const seen = await read(signal);
      if (seen?.intent === undefined || seen.running === undefined) return undefined;
      const evictable = evictableOf(seen.intent, seen.running);
      return { wanted: words(seen.intent), running: seen.running, evictable };
    },
  };

  /** By the version that was read: between both nobody else has held or released it. */
  async function change<T>(signal: AbortSignal, decide: (seen: SeenBudget | undefined) => Change<T>): Promise<T> {
    for (;;) {
      const seen = await read(signal);
      const wanted = decide(seen);
      if (wanted.kind === 'leave' || !seen) return wanted.result;
      const metadata = { resourceVersion: seen.resourceVersion, annotations: annotationsOf(wanted) };
      const body = { metadata, spec: { [wanted.intent.field]: wanted.value } };
      const request = { method: 'PATCH', path, body } as const;
      const answer = await client.exchange(request, signal);
      if (answer.status === 200) return wanted.result;
      if (answer.status !== 409) throw refusalOf(request, answer, budgetRights);
    }
  }

  async function read(signal: AbortSignal): Promise<SeenBudget | undefined> {
    const request = { method: 'GET', path } as const;
    const answer = await client.exchange(request, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf(request, answer, budgetRights);
    const { metadata, spec, status } = parseAnswer(budgetSchema, answer.value, (why, cause) => {
      const message = `The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`;
      return new AgentFailure(message, {
        ...{ code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true, cause },
      });
    });
    const { dateMs } = answer;
    const changedAtMs = lastChange({ metadata });
    const ageMs = changedAtMs === undefined || dateMs === undefined ? undefined : dateMs - changedAtMs;
    const told = parseBudget(metadata.annotations?.[held.with] ?? '');
    const heldWith = told?.name === known.name ? told : undefined;
    const intent = 'field' in known ? known : heldWith;
    return {
      ...{ intent, heldWith, spec, ageMs, dateMs, running: status?.expectedPods },
      heldAt: metadata.annotations?.[held.at],
      ...{ value: intent && spec[intent.field], resourceVersion: metadata.resourceVersion },
    };
  }
}

interface SeenBudget {
  /** Undefined: nobody knows what it should allow. */
  readonly intent: BudgetIntent | undefined;
  /** What it allowed when it was held; undefined: it does not say. */
  readonly heldWith: BudgetIntent | undefined;
  /** When it was held, as it says. */
  readonly heldAt: string | undefined;
  readonly spec: Readonly<Partial<Record<BudgetIntent['field'], string | number | undefined>>>;
  /** How many pods it selects, as far as it says. */
  readonly running: number | undefined;
  /** Of the field of the intent. */
  readonly value: string | number | undefined;
  readonly ageMs: number | undefined;
  readonly dateMs: number | undefined;
  readonly resourceVersion: string;
}

interface HeldBudget extends SeenBudget {
  readonly intent: BudgetIntent;
}

type Change<T> =
  | { readonly kind: 'leave'; readonly result: T }
  | {
      readonly kind: 'write';
      readonly intent: BudgetIntent;
      readonly value: number | string;
      /** Null: not any more. */
      readonly heldAt: string | null;
      readonly result: T;
    };

function noneOf({ field }: BudgetIntent): number | string {
  return noDisruption(field);
}

function isHeld(seen: SeenBudget | undefined): seen is HeldBudget {
  return seen?.intent !== undefined && seen.value === noneOf(seen.intent);
}

/** Written also where it is held already, by a gate that is gone: its time begins anew, and what it allowed stays known. */
function toHeld(seen: SeenBudget | undefined, name: string): Change<HeldOrNot> {
  if (!seen) return { kind: 'leave', result: { kind: 'absent' } };
  const { intent, value } = seen;
  if (!intent || (value !== noneOf(intent) && value !== budgetValue(intent.value))) {
    const wanted = intent ? words(intent) : '';
    return { kind: 'leave', result: { kind: 'foreign', allows: allowsOf(seen), wanted } };
  }
  const heldAt = `${new Date(seen.dateMs ?? 0).toISOString()} ${name}`;
  const before = isHeld(seen) && seen.heldWith?.field === intent.field ? seen.heldWith : intent;
  const kept = { ...before, heldSeconds: intent.heldSeconds };
  const result = {
    kind: 'held',
    hold: { at: heldAt },
    before: isHeld(seen) ? { at: seen.heldAt } : undefined,
  } as const;
  return { kind: 'write', intent: kept, value: noneOf(intent), heldAt, result };
}

/** Where it is held in the field of the intent. */
function giveBack(seen: SeenBudget | undefined, intent: BudgetIntent | undefined): Change<boolean> {
  const isNone = intent !== undefined && seen?.spec[intent.field] === noneOf(intent);
  if (!isNone) return { kind: 'leave', result: false };
  return { kind: 'write', intent, value: budgetValue(intent.value), heldAt: null, result: true };
}

function isRefusal({ code }: AgentFailure): boolean {
  return code === 'api-refused' || code === 'api-forbidden';
}

/** As the disruption controller counts: a share is rounded up. */
function evictableOf({ field, value }: BudgetIntent, running: number): number {
  const bound = value.endsWith('%') ? Math.ceil((Number(value.slice(0, -1)) * running) / 100) : Number(value);
  return Math.max(0, field === 'minAvailable' ? running - bound : Math.min(bound, running));
}

function words({ field, value }: BudgetIntent): string {
  return `${field} ${value}`;
}

function allowsOf({ spec }: SeenBudget): string {
  const set = (['minAvailable', 'maxUnavailable'] as const).filter((field) => spec[field] !== undefined);
  return set.length === 0 ? 'no bound' : set.map((field) => `${field} ${String(spec[field])}`).join(', ');
}

function annotationsOf({ intent, heldAt }: Extract<Change<unknown>, { kind: 'write' }>) {
  return { [held.with]: heldAt === null ? null : formatBudget(intent), [held.at]: heldAt };
}

import {
  budgetValue,
  formatBudget,
  heldAnnotations as held,
  noDisruption,
  parseBudget,
  type BudgetIntent,
} from '@meshrs/contract';
import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import { parseAnswer } from '../parse-answer.ts';
import { refusalOf, type ExchangingApiClient } from '../sources/kubernetes/api-client.ts';
import { historySchema, lastChange } from '../sources/kubernetes/last-change.ts';

/** The disruption budget of the fleet, as far as gates and agents change it. */
export interface BudgetObject {
  /** Nobody is evicted from now on. `foreign`: it is not as generated, and stays as it is. @throws AgentFailure */
  hold(signal: AbortSignal): Promise<'held' | 'foreign' | 'absent'>;
  /** It allows again what the topology says, where it was held; whether it was. @throws AgentFailure */
  release(signal: AbortSignal): Promise<boolean>;
  /** `release`, where it has been held for longer than any gate looks, by the API server's clock. @throws AgentFailure */
  releaseLeftOver(signal: AbortSignal): Promise<boolean>;
}

export const budgetRights = 'verbs get and patch on the PodDisruptionBudget of the fleet';

const value = z.union([z.string(), z.number()]).optional();
const budgetSchema = z.object({
  metadata: historySchema.extend({ resourceVersion: z.string().min(1).max(100) }),
  spec: z.object({ minAvailable: value, maxUnavailable: value }).default({}),
});

export function createBudgetObject(
  client: Pick<ExchangingApiClient, 'exchange'>,
  namespace: string,
  /** What it allows by the topology; of an agent by its name alone: what a gate held it with stands in the object. */
  known: BudgetIntent | Pick<BudgetIntent, 'name'>,
): BudgetObject {
  const path = `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets/${encodeURIComponent(known.name)}`;
  return {
    hold: (signal) =>
      change(signal, (seen) => {
        if (!seen) return { kind: 'leave', result: 'absent' };
        const { intent, value } = seen;
        if (!intent || (value !== noneOf(intent) && value !== budgetValue(intent.value))) {
          return { kind: 'leave', result: 'foreign' };
        }
        // Written also where it is held already, by a gate that is gone: its time begins anew.
        const heldAt = new Date(seen.dateMs ?? 0).toISOString();
        return { kind: 'write', intent, value: noneOf(intent), heldAt, result: 'held' };
      }),
    release: (signal) => change(signal, (seen) => (isHeld(seen) ? released(seen) : { kind: 'leave', result: false })),
    releaseLeftOver: (signal) =>
      change(signal, (seen) => {
        const isLeft = isHeld(seen) && seen.ageMs !== undefined && seen.ageMs >= seen.intent.heldSeconds * 1000;
        return isLeft ? released(seen) : { kind: 'leave', result: false };
      }),
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
    const { metadata, spec } = parseAnswer(budgetSchema, answer.value, (why, cause) => {
      const message = `The Kubernetes API gave at ${path} an object that is not as expected: ${why}.`;
      return new AgentFailure(message, {
        ...{ code: 'api-answer-not-understood', operation: `GET ${path}`, retryable: true, cause },
      });
    });
    const { dateMs } = answer;
    const changedAtMs = lastChange({ metadata });
    const ageMs = changedAtMs === undefined || dateMs === undefined ? undefined : dateMs - changedAtMs;
    const intent = 'field' in known ? known : parseBudget(metadata.annotations?.[held.with] ?? '');
    const value = intent && spec[intent.field];
    return { intent, value, ageMs, dateMs, resourceVersion: metadata.resourceVersion };
  }
}

interface SeenBudget {
  /** Undefined: nobody knows what it should allow. */
  readonly intent: BudgetIntent | undefined;
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

function released({ intent }: HeldBudget): Extract<Change<boolean>, { kind: 'write' }> {
  return { kind: 'write', intent, value: budgetValue(intent.value), heldAt: null, result: true };
}

function annotationsOf({ intent, heldAt }: Extract<Change<unknown>, { kind: 'write' }>) {
  return { [held.with]: heldAt === null ? null : formatBudget(intent), [held.at]: heldAt };
}

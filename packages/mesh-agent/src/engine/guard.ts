import { findOffenders, type GuardPolicy } from '@meshrs/mesh';
import type { DesiredKeeper } from './desired-keeper.ts';
import type { EngineSession } from './engine-connection.ts';
import type { EngineDriver } from './engine-driver.ts';
import type { EvictionKeeper } from './eviction-keeper.ts';
import type { GuardResult } from './mesh-engine.ts';
import type { PrefixEvidence } from './prefix-evidence.ts';

/** One look at the sessions: ends evictions that have expired, and evicts those that break the policy. */
export async function guardOnce<Session extends EngineSession, Config>(
  session: Session,
  policy: GuardPolicy,
  by: {
    readonly driver: EngineDriver<Session, Config>;
    readonly desired: DesiredKeeper<Session, Config>;
    readonly evictions: EvictionKeeper;
    readonly evidence: PrefixEvidence;
    readonly time: number;
    readonly signal: AbortSignal;
  },
): Promise<GuardResult> {
  const { driver, desired, evictions, evidence, time, signal } = by;
  const expired = evictions.expire(time);
  const exceeded = evidence.recent(time);
  const intent = desired.asked()?.intent;
  const facts = intent && (await driver.guardFacts(session, intent, signal));
  if (!intent || !facts) {
    if (desired.isBehind() || expired.length > 0) await desired.bring(session, signal, 'asRuns');
    return { evicted: [], expired, overCapacity: [] };
  }
  const { evicted, overCapacity } = evictions.evict(findOffenders({ ...facts, intent, exceeded }, policy, time), time);
  evidence.forget(evicted.map(({ address }) => address));
  if (desired.isBehind() || evicted.length > 0 || expired.length > 0) await desired.bring(session, signal);
  return { evicted, expired, overCapacity };
}

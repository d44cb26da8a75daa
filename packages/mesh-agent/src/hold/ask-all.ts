import { laterOn, seeRouteServer, type AgentAnswer, type PodSight, type RouteServerSight } from '@meshrs/gate';
import type { IpAddress } from '@meshrs/network';
import { askMany } from '../fleet/ask-many.ts';
import type { FleetReader } from '../fleet/fleet-reader.ts';
import { isRepeated, type SaidBefore } from './trusted-answers.ts';

/** What came of asking the agent at an address, and since when that may have changed. */
export interface AskedAgent {
  readonly address: IpAddress;
  readonly answer: AgentAnswer;
  readonly askedAtMs: number;
}

export interface Asking {
  readonly agents: Pick<FleetReader, 'ask'>;
  /** Of the looks before. */
  readonly said: SaidBefore;
  /** Who did not answer the last time. */
  readonly silent: Set<IpAddress>;
  /** By address, who has sessions that are still to be heard from: it is asked to count messages anew. */
  readonly listening: ReadonlySet<string>;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** How many are asked at a time: there may be 500 route servers. */
const mostAsked = 16;
/** Older than this, an answer is asked for once more before anything is decided by it. */
const renewedAfterMs = 1000;
/** Older than this, an answer tells nothing of now: its route server may have lost the client that it tells of. */
const usableMs = 3000;

/** Resolves when all have answered, or are silent. */
export async function askAll(addresses: readonly IpAddress[], asking: Asking): Promise<readonly AskedAgent[]> {
  return await askMany(addresses, (address) => askOne(address, asking), {
    atATime: mostAsked,
    isSilent: ({ answer }) => !answer.ok,
    wasSilent: (address) => asking.silent.has(address),
  });
}

/** The same, with answers that are young: a look at silent ones, or a pause of the process, has taken its time meanwhile. */
export async function renewed(asked: readonly AskedAgent[], asking: Asking): Promise<readonly AskedAgent[]> {
  const nowMs = asking.now();
  const old = asked.filter(({ answer, askedAtMs }) => answer.ok && nowMs - askedAtMs > renewedAfterMs);
  if (old.length === 0) return asked;
  const again = await askAll(
    old.map(({ address }) => address),
    asking,
  );
  const byAddress = new Map(again.map((each) => [each.address, each]));
  return asked.map((each) => byAddress.get(each.address) ?? each);
}

/** What an answer says, some time after it was asked for: beyond some age nobody decides by it. */
export function seenOf(pod: PodSight, { answer, askedAtMs }: AskedAgent, nowMs: number): RouteServerSight {
  const sight = seeRouteServer(pod, answer);
  if (!answer.ok || sight.reading.kind !== 'read') return sight;
  const elapsedMs = nowMs - askedAtMs;
  if (elapsedMs <= usableMs) return laterOn(sight, elapsedMs - answer.tookMs);
  const seconds = (elapsedMs / 1000).toFixed(1);
  return { ...sight, reading: { kind: 'stale', why: `it was asked ${seconds} s before the look came to its end` } };
}

async function askOne(
  address: IpAddress,
  { agents, said, silent, listening, now, signal }: Asking,
): Promise<AskedAgent> {
  const askedAtMs = now();
  const answer = await agents.ask(address, { isWhole: listening.has(address), signal });
  if (answer.ok) silent.delete(address);
  else silent.add(address);
  const isCopy = answer.ok && isRepeated(said, address, answer.told.agent.now, askedAtMs);
  return { address, askedAtMs, answer: isCopy ? { ok: false, why: 'its agent repeats an answer of before' } : answer };
}

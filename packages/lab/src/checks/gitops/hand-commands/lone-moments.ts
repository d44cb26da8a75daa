import type { SessionAtClient } from '../../../clients/sessions.ts';
import type { Observation } from '../../../observe/observation.ts';

/** A stretch of time in which a client has no session with any side. */
export interface LoneMoment {
  readonly client: string;
  readonly fromMs: number;
  /** Undefined where it lasts to the end of the log. */
  readonly toMs: number | undefined;
}

/**
 * By the clients' own logs: when each of them was without a session. What they had at the beginning comes from `before`, and
 * observations are in the order of time.
 */
export function loneMoments(before: readonly SessionAtClient[], observations: readonly Observation[]): LoneMoment[] {
  const clients = [...new Set(before.map(({ client }) => client))];
  return clients.flatMap((client) => {
    const own = before.filter((one) => one.client === client);
    const vips = new Set<string>(own.map(({ vip }) => vip));
    const up = new Set<string>(own.filter((one) => one.isEstablished).map(({ vip }) => vip));
    const moments: { fromMs: number; toMs: number | undefined }[] = [];
    if (up.size === 0) moments.push({ fromMs: 0, toMs: undefined });
    for (const one of observations) {
      if (one.client !== client || one.kind !== 'state' || !vips.has(one.neighbor)) continue;
      const hadAny = up.size > 0;
      if (one.isEstablished) up.add(one.neighbor);
      else up.delete(one.neighbor);
      const last = moments.at(-1);
      if (hadAny && up.size === 0) moments.push({ fromMs: one.atMs, toMs: undefined });
      if (!hadAny && up.size > 0 && last) last.toMs = one.atMs;
    }
    return moments.map((moment) => ({ client, ...moment }));
  });
}

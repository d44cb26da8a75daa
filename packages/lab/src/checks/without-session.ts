import type { Disturbance, Evidence } from './disturbance.ts';

/**
 * Every moment at which a client had no session with any side, by the clients' own records: whoever was there before, and
 * what each has told since.
 */
export function withoutSession({ sessions, fromMs }: Disturbance, { observations }: Evidence): string[] {
  const held = new Map<string, Set<string>>();
  for (const { client, vip, isEstablished } of sessions) {
    const vips = held.get(client) ?? new Set();
    if (isEstablished) vips.add(vip);
    held.set(client, vips);
  }
  const never = [...held].filter(([, vips]) => vips.size === 0).map(([client]) => `${client}: none at the beginning`);
  const lost = observations.flatMap((one): string[] => {
    if (one.kind !== 'state') return [];
    const vips = held.get(one.client) ?? new Set();
    held.set(one.client, vips);
    if (one.isEstablished) {
      vips.add(one.neighbor);
      return [];
    }
    const wasLast = vips.delete(one.neighbor) && vips.size === 0;
    return wasLast
      ? [`${one.client}: its last, with ${one.neighbor}, after ${((one.atMs - fromMs) / 1000).toFixed(1)} s`]
      : [];
  });
  return [...never, ...lost];
}

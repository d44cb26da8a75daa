import { isWellKnown, readCommunity } from '@meshrs/network';
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import type { Topology } from '../schema/index.ts';

/** By what every router acts, whatever its policy says, a VIP may end at the first of them. */
export function checkCommunities({ sides }: Topology): Finding<CheckCode>[] {
  return Object.entries(sides).flatMap(([side, { communities }]) =>
    communities.flatMap((text, index): Finding<CheckCode>[] => {
      const read = readCommunity(text);
      if (typeof read === 'string' || !isWellKnown(read)) return [];
      const name = names[read.value];
      return [
        {
          code: 'well-known-community',
          path: ['sides', side, 'communities', index],
          message: `Routers act on ${text}${name === undefined ? ', which is reserved for what all of them know' : `: ${name}`}.`,
          seen: text,
          allowed: 'communities of your own, as 65000:0; none that begins with 65535:',
          hint: 'take one that your policies match on, and let a router that has to act do so by its policy',
        },
      ];
    }),
  );
}

/** By the last 16 bits (IANA, "BGP Well-known Communities"). */
const names: Readonly<Record<number, string | undefined>> = {
  0: 'GRACEFUL_SHUTDOWN (RFC 8326), by which they prefer every other path to the VIP',
  666: 'BLACKHOLE (RFC 7999), by which they discard what goes to the VIP',
  65281: 'NO_EXPORT (RFC 1997), by which they tell the VIP to no other AS',
  65282: 'NO_ADVERTISE (RFC 1997), by which they tell the VIP to nobody',
  65283: 'NO_EXPORT_SUBCONFED (RFC 1997), by which they tell the VIP to no eBGP peer',
  65284: 'NOPEER (RFC 3765), by which they may not tell the VIP to peers',
};

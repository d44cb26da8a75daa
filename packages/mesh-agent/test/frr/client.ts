import type { SpeakerOptions } from './bgp-speaker.ts';

/** A client with the usual values; its router-id is its address, or for IPv6 made of its AS. */
export function client(
  address: string,
  asn: number,
  remote: string,
  more: Partial<SpeakerOptions> = {},
): SpeakerOptions {
  return {
    address,
    remote,
    port: 179,
    asn,
    routerId: address.includes(':') ? `198.51.100.${String(asn % 250)}` : address,
    holdSeconds: 30,
    routes: 0,
    retryMs: 300,
    ...more,
  };
}

import type { Rule } from '../rule.ts';

export const ebgpMultihop: Rule = {
  id: 'ebgp-multihop',
  title: 'An eBGP session with a loopback has multihop',
  why: "The anycast address is a router's loopback, one hop behind its port: without multihop FRR never dials it. MetalLB's native mode does not read the field, so no test with it shows its absence. For iBGP it is an error.",
  isWaivable: true,
  check: ({ peers }) =>
    peers
      .filter(({ view: { spec } }) => spec.peerASN !== undefined && spec.ebgpMultiHop !== (spec.peerASN !== spec.myASN))
      .map(({ id, view: { spec } }) => {
        const isInternal = spec.peerASN === spec.myASN;
        return {
          object: id,
          message: isInternal
            ? 'spec.ebgpMultiHop is set on an iBGP session.'
            : 'spec.ebgpMultiHop is not set on an eBGP session.',
          seen: `myASN ${String(spec.myASN)}, peerASN ${String(spec.peerASN)}, ebgpMultiHop ${String(spec.ebgpMultiHop)}`,
          allowed: isInternal ? 'false, or left out' : 'true',
          hint: `set spec.ebgpMultiHop: ${String(!isInternal)}`,
        };
      }),
};

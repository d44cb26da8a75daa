import type { Rule } from '../rule.ts';

export const ebgpMultihop: Rule = {
  id: 'ebgp-multihop',
  title: 'An eBGP session of a generated BGPPeer has no multihop, or an iBGP session has it',
  why: "The anycast address is a router's loopback, one hop behind its interface: without multihop FRR never dials it. MetalLB's native mode ignores the field, so a test with it does not show that it is missing. On an iBGP session it is an error.",
  isWaivable: false,
  check: ({ peers }, { generated }) =>
    peers
      .filter(({ id, view: { spec } }) => {
        const isInternal = spec.peerASN === spec.myASN;
        // MetalLB refuses it of iBGP (its config, `peerFromCR`). A router that is directly attached needs none; the generated ones dial loopbacks.
        return isInternal
          ? spec.ebgpMultiHop
          : generated.includes(id) && spec.peerASN !== undefined && !spec.ebgpMultiHop;
      })
      .map(({ id, view: { spec } }) => {
        const isInternal = spec.peerASN === spec.myASN;
        return {
          object: id,
          message: isInternal
            ? `The session with AS ${String(spec.peerASN)} is iBGP, but spec.ebgpMultiHop is set.`
            : `The session with AS ${String(spec.peerASN)} is eBGP, but spec.ebgpMultiHop is not set.`,
          seen: `myASN ${String(spec.myASN)}, peerASN ${String(spec.peerASN)}, ebgpMultiHop ${String(spec.ebgpMultiHop)}`,
          allowed: isInternal ? 'false, or left out' : 'true',
          hint: `set spec.ebgpMultiHop: ${String(!isInternal)}`,
        };
      }),
};

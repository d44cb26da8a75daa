/** A community of a route: RFC 1997, or a large one of RFC 8092. */
export type Community =
  { readonly kind: 'standard'; readonly asn: number; readonly value: number } | { readonly kind: 'large' };

/**
 * A text as MetalLB and frr-k8s read it (MetalLB's internal/bgp/community, `New`): a community; `refused`, where it is written as one
 * and is none; or `name`, which a Community of MetalLB's may define.
 */
export function readCommunity(text: string): Community | 'refused' | 'name' {
  const parts = text.split(':');
  if (parts.length === 2) {
    const [asn, value] = parts.map((part) => numberUpTo(65_535, part));
    return asn === undefined || value === undefined ? 'refused' : { kind: 'standard', asn, value };
  }
  if (parts.length !== 4) return text.includes(':') ? 'refused' : 'name';
  const [marker, ...fields] = parts;
  const isLarge = marker === 'large' && fields.every((part) => numberUpTo(4_294_967_295, part) !== undefined);
  return isLarge ? { kind: 'large' } : 'refused';
}

/** Go's strconv.ParseUint: digits alone, zeros in front too. */
function numberUpTo(last: number, text: string): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  return number !== undefined && number <= last ? number : undefined;
}

/** Routers act on these (IANA, "BGP Well-known Communities"; RFC 1997, 7999, 8326). */
export function isWellKnown(community: Community): community is Extract<Community, { kind: 'standard' }> {
  return community.kind === 'standard' && community.asn === 65_535;
}

/** An autonomous system number, 0 to 4294967295 (RFC 6793). */
export type Asn = number & { readonly kind: 'Asn' };

/** An inclusive range of AS numbers; a single AS has `first` equal to `last`. */
export interface AsnRange {
  readonly first: Asn;
  readonly last: Asn;
}

export type AsnUse = 'assignable' | 'documentation' | 'reserved';

const largest = 4294967295;

/** Reads asplain ("4259840001") or asdot ("65000.1", RFC 5396); undefined for anything else. */
export function parseAsn(text: string): Asn | undefined {
  const dotted = /^(0|[1-9]\d{0,4})\.(0|[1-9]\d{0,4})$/.exec(text);
  if (dotted) {
    const high = Number(dotted[1]);
    const low = Number(dotted[2]);
    return high <= 65535 && low <= 65535 ? toAsn(high * 65536 + low) : undefined;
  }
  return /^(0|[1-9]\d{0,9})$/.test(text) && Number(text) <= largest ? toAsn(Number(text)) : undefined;
}

/** Reads "65001-65535" or a single AS number; undefined for anything else, also when the range runs backwards. */
export function parseAsnRange(text: string): AsnRange | undefined {
  const [firstText = '', lastText = firstText, ...rest] = text.split('-');
  const first = parseAsn(firstText);
  const last = parseAsn(lastText);
  if (first === undefined || last === undefined || rest.length > 0 || first > last) return undefined;
  return { first, last };
}

/** Asdot above 65535, asplain below (RFC 5396 "asdot"): the form in which people and Junos write it. */
export function formatAsdot(asn: Asn): string {
  return asn > 65535 ? `${String(Math.floor(asn / 65536))}.${String(asn % 65536)}` : String(asn);
}

/** "65000.1 (4259840001)" above 65535, "65001" below: both spellings, for messages. */
export function describeAsn(asn: Asn): string {
  return asn > 65535 ? `${formatAsdot(asn)} (${String(asn)})` : String(asn);
}

export function formatAsnRange(range: AsnRange): string {
  return range.first === range.last
    ? formatAsdot(range.first)
    : `${formatAsdot(range.first)}-${formatAsdot(range.last)}`;
}

export function isInAsnRange(asn: Asn, range: AsnRange): boolean {
  return asn >= range.first && asn <= range.last;
}

/** The AS numbers that no network may use, with the RFC that says so. */
const special: readonly { first: number; last: number; use: AsnUse; source: string }[] = [
  { first: 0, last: 0, use: 'reserved', source: 'RFC 7607' },
  { first: 23456, last: 23456, use: 'reserved', source: 'AS_TRANS, RFC 6793' },
  { first: 64496, last: 64511, use: 'documentation', source: 'RFC 5398' },
  { first: 65535, last: 65535, use: 'reserved', source: 'RFC 7300' },
  { first: 65536, last: 65551, use: 'documentation', source: 'RFC 5398' },
  { first: 65552, last: 131071, use: 'reserved', source: 'IANA AS number registry' },
  { first: largest, last: largest, use: 'reserved', source: 'RFC 7300' },
];

/** What an AS number may be used for, by the IANA special-purpose AS number registry. */
export function asnUse(asn: Asn): { use: AsnUse; source: string } {
  const entry = special.find((candidate) => asn >= candidate.first && asn <= candidate.last);
  return entry ? { use: entry.use, source: entry.source } : { use: 'assignable', source: 'IANA AS number registry' };
}

/** The reserved AS numbers inside a range, as ranges. */
export function reservedWithin(range: AsnRange): readonly { range: AsnRange; source: string }[] {
  return special
    .filter((entry) => entry.use === 'reserved' && entry.first <= range.last && entry.last >= range.first)
    .map((entry) => ({
      range: { first: toAsn(Math.max(entry.first, range.first)), last: toAsn(Math.min(entry.last, range.last)) },
      source: entry.source,
    }));
}

function toAsn(value: number): Asn {
  // The callers have checked the range; a brand has no other way in.
  return value as Asn;
}

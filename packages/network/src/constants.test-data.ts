import { parseAddress, parsePrefix, type IpAddress, type IpPrefix } from './address.ts';
import { parseAsn, parseAsnRange, type Asn, type AsnRange } from './asn.ts';

/** Constants of tests as typed values; a wrong one ends the test. */
export const address = (text: string): IpAddress => parseAddress(text) ?? wrong(text);
export const asn = (text: string | number): Asn => parseAsn(String(text)) ?? wrong(String(text));
export const asnRange = (text: string): AsnRange => parseAsnRange(text) ?? wrong(text);

export function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  return parsed && 'prefix' in parsed ? parsed.prefix : wrong(text);
}

function wrong(text: string): never {
  throw new Error(`The test's constant ${text} is wrong.`);
}

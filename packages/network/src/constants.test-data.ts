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

/** One address of each kind where no session of another machine can end. */
export const nobodysAddresses = [
  ...['127.0.0.1', '0.0.0.0', '224.0.0.5', '169.254.1.1', '255.255.255.255'],
  ...['::1', '::', 'fe80::1', 'ff02::5'],
] as const;

function wrong(text: string): never {
  throw new Error(`The test's constant ${text} is wrong.`);
}

import { shown } from '@meshrs/contract';
import { parsePrintedAddress, type IpAddress } from '@meshrs/network';

const longestShown = 64;

/** The addresses of a source's answer, as programs print them, and by name what is none. */
export function readAddresses(texts: readonly string[]): {
  readonly addresses: readonly IpAddress[];
  readonly odd: readonly string[];
} {
  const addresses: IpAddress[] = [];
  const odd: string[] = [];
  for (const text of texts) {
    const address = parsePrintedAddress(text);
    if (address === undefined) odd.push(`"${shown(text, longestShown)}" is no address`);
    else addresses.push(address);
  }
  return { addresses, odd };
}
